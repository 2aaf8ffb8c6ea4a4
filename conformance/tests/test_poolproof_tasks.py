"""The tasks that run in workers do what the rules take them to do."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from poolproof import tasks_data, tasks_res
from poolproof.values import describe_error


@pytest.mark.parametrize("name", sorted(tasks_res.ERRORS))
def test_an_exception_of_the_vocabulary_survives_pickle(name: str) -> None:
    specs = {
        "UnicodeDecodeError": ["utf-8", {"bytes": "ff"}, 0, 1, "bad"],
        "OSError": [2, "gone"],
        "Misfit": [7, "wide"],
    }
    error = tasks_res.make_error({"type": name, "args": specs.get(name, [1, "a"])})
    copy = pickle.loads(pickle.dumps(error))
    assert describe_error(copy) == describe_error(error)


def test_scribble_counts_what_it_changes_once() -> None:
    inner: list[Any] = []
    assert tasks_data.scribble([inner, inner, {"a": (bytearray(b"x"), {1})}, "text"]) == 5
    assert inner == [1]
