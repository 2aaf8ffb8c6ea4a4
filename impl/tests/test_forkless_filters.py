"""The child has the caller's warnings filters of the moment of start()."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import forkless
import pytest
from forkless import filters, preload
from test_forkless_process import ask


class OwnWarning(UserWarning):
    """A category that a child can import."""


@pytest.fixture
def context() -> Iterator[Any]:
    """A warm one, and filters as they were when the test is over."""
    before = preload.chosen()
    forkless.set_preload([])  # torch, which other tests may have imported here, adds filters
    with warnings.catch_warnings():
        forkless.warm_up(1, wait=True)
        yield forkless.get_context()
    preload.adopt(before)


def send_filters(connection: Any) -> None:
    connection.send(filters.take_down())


def send_what_a_warning_does(connection: Any, category: type[Warning]) -> None:
    try:
        warnings.warn("of the child", category, stacklevel=1)
        connection.send("nothing")
    except Warning as error:
        connection.send(repr(error))


def test_child_has_the_callers_filters_of_this_moment(context: Any) -> None:
    warnings.resetwarnings()
    warnings.filterwarnings("ignore", message="some [Tt]ext", module="decimal", lineno=7)
    warnings.simplefilter("once", ImportWarning)
    seen = ask(context, send_filters)
    assert seen == filters.take_down()
    assert len(seen) == 2


@pytest.mark.parametrize("category", [DeprecationWarning, OwnWarning])
def test_warning_that_the_caller_made_an_error_is_one_in_the_child(
    context: Any, category: type[Warning]
) -> None:
    warnings.simplefilter("error", category)
    seen = ask(context, send_what_a_warning_does, category)
    assert seen == f"{category.__name__}('of the child')"


def test_filter_that_a_preload_has_added_stays(context: Any) -> None:
    forkless.set_preload(["forkless_targets_with_filter"])
    warnings.resetwarnings()
    assert [name[:2] for name in ask(context, send_filters)] == [("ignore", "of the preload")]


def test_category_that_nobody_imported_in_the_child_is_left_out(context: Any) -> None:
    gone = type("Gone", (Warning,), {"__module__": "no_such_module"})
    warnings.resetwarnings()
    warnings.simplefilter("error", gone)
    assert ask(context, send_filters) == ()
