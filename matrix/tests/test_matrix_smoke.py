"""The table of the smoke check says of every step how it ended."""

from __future__ import annotations

import pytest
from poolproof_matrix.runner import TIMED_OUT
from poolproof_matrix.smoke import PROGRAMS, STEPS, Step, StepResult, table


@pytest.mark.parametrize(
    ("code", "word"), [(0, "ok"), (3, "exit code 3"), (TIMED_OUT, "no end within 9 s")]
)
def test_a_result_says_how_the_step_ended(code: int, word: str) -> None:
    assert StepResult(Step("title", ("-c", "pass"), 9), code, 1.0).word == word


def test_every_step_has_a_row() -> None:
    results = [StepResult(step, 0, 1.0) for step in STEPS]
    assert table(results).row_count == len(STEPS)


def test_the_programs_of_the_steps_are_there() -> None:
    named = [step.arguments[0] for step in STEPS if step.arguments[0].startswith(str(PROGRAMS))]
    assert named
    for name in named:
        assert (PROGRAMS / name).is_file()
