"""A remembered answer is the one that would be given now."""

from __future__ import annotations

import os

import pytest
from forkless import environment
from forkless.memo import remembering
from hypothesis import given
from hypothesis import strategies as st


@given(st.lists(st.integers(0, 2)))
def test_function_is_carried_out_anew_exactly_when_it_is_asked_something_else(
    questions: list[int],
) -> None:
    carried_out = []

    @remembering
    def double(number: int) -> int:
        carried_out.append(number)
        return 2 * number

    assert [double(number) for number in questions] == [2 * number for number in questions]
    changes = [
        number for place, number in enumerate(questions) if [number] != questions[place - 1 : place]
    ]
    assert carried_out == changes


def test_environment_is_what_the_program_made_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    before = environment.current()
    assert environment.current() is before == dict(os.environ)
    monkeypatch.setenv("FORKLESS_TEST", "\udcff")
    assert environment.current() == dict(os.environ)
    monkeypatch.delenv("FORKLESS_TEST")
    assert environment.current() == before
