"""Whatever is killed at whatever moment of a start: nothing is left, and the next start() works.

The moments are those of `forkless.protocol`, each with one victim; `forkless_trials.py`, run as a
program, kills everything everywhere.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import forkless_stops
import forkless_trial_run as trial_run
import forkless_trials as trials
import pytest
from forkless import protocol, wire
from forkless.protocol import Act


@pytest.mark.parametrize(
    ("series", "moments"),
    [pytest.param(*each, id=str(each[0])) for each in trials.by_series(trials.some_trials())],
)
def test_kill_at_any_moment_harms_no_other_process(series: Any, moments: Any) -> None:
    problems = {
        str(moment): found for moment, found in trials.problems_of(series, moments) if found
    }
    assert problems == {}


def test_stranger_with_the_id_of_a_process_that_ended_is_not_taken_for_it(tmp_path: Path) -> None:
    note = tmp_path / f"spare-{os.getpid()}"
    note.touch()
    assert trial_run.living(tmp_path) == [("spare", os.getpid())]
    os.utime(note, (0, 0))  # long before this process began
    assert trial_run.living(tmp_path) == []


def test_every_message_is_a_step_of_a_start_or_said_beside_it() -> None:
    steps = [step for step in forkless_stops.all_steps() if step.act is not Act.CALLS]
    messages = {step.what for step in steps}
    assert messages.isdisjoint(protocol.BESIDE)
    assert messages | protocol.BESIDE == set(wire.KINDS)


@pytest.mark.skipif(sys.platform != "linux", reason="templates fork, on Linux alone")
def test_every_step_is_tried_by_killing_each_that_takes_part() -> None:
    tried = {(str(trial.moment), trial.series.victim.value) for trial in trials.every_trial()}
    for step in forkless_stops.all_steps():
        for when in ("after",) if step.act is Act.RECEIVES else ("before", "after"):
            assert (f"{when} {step}", step.who.value) in tried
