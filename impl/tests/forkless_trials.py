"""Trials: something is killed, from outside, at one moment of a start; then all is judged.

    python impl/tests/forkless_trials.py --json FILE

does every trial that there is, and prints how often what was killed where.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from itertools import groupby
from pathlib import Path
from typing import Any

from forkless import messages, protocol
from forkless.protocol import Act, Role, Step
from forkless_stops import Moment
from forkless_trial_run import Run

WINDOWS = sys.platform == "win32"
LINUX = sys.platform == "linux"


class Victim(Enum):
    """What is killed."""

    CLIENT = "client"
    SERVER = "server"
    TEMPLATE = "template"
    SPARE = "spare"
    TRACKER = "tracker"


@dataclass(frozen=True)
class Series:
    """Trials that one program can go through, unless it is the victim itself."""

    scenario: str
    maker: str
    victim: Victim

    def __str__(self) -> str:
        return f"{self.scenario}-{self.maker}-{self.victim.value}"


@dataclass(frozen=True)
class Trial:
    """Kill the victim of *series* at *moment*."""

    series: Series
    moment: Moment

    def __str__(self) -> str:
        return f"{self.series}-{self.moment}"


def every_trial() -> list[Trial]:
    """All that can be told apart on this system."""
    return [
        Trial(Series(scenario, making, victim), moment)
        for scenario, making, steps in _scenarios()
        for victim in Victim
        for moment in _moments(steps)
        if _exists(victim, scenario, making, moment)
    ]


def some_trials() -> list[Trial]:
    """One for each moment of each scenario, the victims in turn; on Windows for every fourth."""
    by_moment: dict[tuple[str, Moment], list[Trial]] = {}
    for trial in every_trial():
        by_moment.setdefault((trial.series.scenario, trial.moment), []).append(trial)
    some = [trials[turn % len(trials)] for turn, trials in enumerate(by_moment.values())]
    return some[::4] if WINDOWS else some


def by_series(trials: Sequence[Trial]) -> list[tuple[Series, list[Moment]]]:
    """The same, in order of their series."""
    ordered = sorted(trials, key=lambda trial: str(trial.series))
    return [
        (series, [trial.moment for trial in group])
        for series, group in groupby(ordered, key=lambda trial: trial.series)
    ]


def problems_of(series: Series, moments: Sequence[Moment]) -> Iterator[tuple[Moment, list[str]]]:
    """Go through *moments*, and say of each what should not be: nothing, if all is well.

    What shows at the end of a program that went through many is said of the last.
    """
    run: Run | None = None
    try:
        for moment in moments:
            run = run or Run(series.scenario, series.maker)
            problems = _problems_at(run, series, moment)
            if moment is moments[-1] and not problems and series.victim is not Victim.CLIENT:
                problems = _problems_at_the_end(run)
            if problems or series.victim is Victim.CLIENT:
                run.end()
                run = None
            yield moment, problems
    finally:
        if run is not None:
            run.end()


def _problems_at(run: Run, series: Series, moment: Moment) -> list[str]:
    try:
        run.kill(series.victim.value, moment)
        if series.victim is Victim.CLIENT:
            return run.left(but=())
        said = run.said()
        return [*_misjudged(series, said), *run.left(but=said["helpers"])]
    except Exception as error:  # noqa: BLE001 - whatever it is, this trial did not go well
        return [f"{type(error).__name__}: {error}; the program said: {run.errors()}"]


def _problems_at_the_end(run: Run) -> list[str]:
    try:
        codes = run.last_word()["bystanders"]
    except Exception as error:  # noqa: BLE001
        return [f"{type(error).__name__}: {error}; the program said: {run.errors()}"]
    wrong = [] if set(codes) == {5} else [f"bystanders ended with {codes}, not 5"]
    return [*wrong, *run.left(but=())]


def _misjudged(series: Series, said: dict[str, Any]) -> list[str]:
    expected: dict[str, set[object]] = {"next start": {3}, "bystanders live": {True}}
    if series.scenario != "server_start":
        expected["start"] = _possible_ends(series)
    wrong = [
        f"{what}: {said[what]!r}, where {sorted(map(str, right))} would be right"
        for what, right in expected.items()
        if said[what] not in right
    ]
    least, now = said["least"], said["descriptors"]
    wrong += [
        f"{name} had {least[name]} descriptors and has {now[name]}"
        for name in least.keys() & now.keys()
        if now[name] > least[name]
    ]
    return wrong


def _possible_ends(series: Series) -> set[object]:
    """What may become of the process that was started when the victim was killed."""
    if series.victim is not Victim.SPARE:
        return {3}
    # The spare may have been that process by then, or one that was replaced.
    ends: set[object] = {3, 15 if WINDOWS else -9}
    if series.scenario == "cold_start":
        # As with CPython's forkserver; on Windows as with spawn, which cannot give it handles.
        ends |= {"BrokenPipeError", "PermissionError" if WINDOWS else "ConnectionResetError"}
    return ends


def _scenarios() -> Iterator[tuple[str, str, tuple[Step, ...]]]:
    start = (
        *protocol.START_IS_ASKED_FOR, *protocol.SPARE_IS_GIVEN, *protocol.PROCESS_IS_HANDED_OVER,
        *protocol.PROCESS_ENDS, *protocol.SPARE_WARMS_UP,
    )  # fmt: skip
    cold = (*start, *protocol.SPARE_IS_ORDERED, *protocol.SPARE_IS_CREATED)
    if LINUX:
        forked = (*protocol.SPARE_IS_FORKED, *protocol.FORKED_PROCESS_ENDS)
        yield "server_start", messages.FORK, (*protocol.SERVER_STARTS, *protocol.TEMPLATE_STARTS)
        yield "warm_start", messages.FORK, (*start, *forked)
        yield "cold_start", messages.PROCESS, cold
    else:
        yield "server_start", messages.PROCESS, protocol.SERVER_STARTS
        yield "warm_start", messages.PROCESS, (*start, *protocol.SPARE_IS_CREATED)
        yield "cold_start", messages.PROCESS, cold


def _moments(steps: tuple[Step, ...]) -> list[Moment]:
    """Before something is received there is nothing to stop: its receiver waits for it."""
    return [
        Moment(when, step)
        for step in dict.fromkeys(steps)
        for when in ("before", "after")
        if when == "after" or step.act is not Act.RECEIVES
    ]


def _exists(victim: Victim, scenario: str, making: str, moment: Moment) -> bool:
    """Whether there is such a process at *moment*."""
    match victim:
        case Victim.TRACKER:
            return not WINDOWS
        case Victim.TEMPLATE:
            return making == messages.FORK and moment.step not in protocol.SERVER_STARTS
        case Victim.SERVER:
            return moment.step != protocol.SERVER_STARTS[0] or moment.when == "after"
        case Victim.SPARE:
            return _has_spare(scenario, moment.step)
    return True


def _has_spare(scenario: str, step: Step) -> bool:
    """Whether there is one for sure: the last may have ended, and the next not be made yet."""
    match scenario:
        case "warm_start":
            between = (*protocol.SPARE_IS_FORKED, *protocol.SPARE_IS_CREATED)
            return step not in (*between, *protocol.FORKED_PROCESS_ENDS)
        case "cold_start":
            taken = step.who is Role.CLIENT and step in protocol.SPARE_IS_GIVEN
            return taken or step.who is Role.SPARE
    return False


def main() -> int:
    """Do every trial; print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the counts to this file")
    parser.add_argument("--only", default="", help="only trials whose name contains this")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    trials = [trial for trial in every_trial() if options.only in str(trial)]
    kills: Counter[tuple[str, str]] = Counter()
    failures = 0

    def go_through(series: Series, moments: list[Moment]) -> None:
        nonlocal failures
        for moment, problems in problems_of(series, moments):
            kills[str(moment), series.victim.value] += 1
            for problem in problems:
                failures += 1
                print(f"FAILED {Trial(series, moment)}: {problem}", flush=True)
        print(f"{series}: {len(moments)} kills", flush=True)

    with ThreadPoolExecutor(options.workers) as threads:
        for done in [threads.submit(go_through, *each) for each in by_series(trials)]:
            done.result()
    _print_table(kills)
    print(f"{len(trials)} kills, {failures} problems")
    if options.json is not None:
        rows = [{"moment": m, "victim": v, "kills": n} for (m, v), n in sorted(kills.items())]
        options.json.write_text(json.dumps(rows, indent=1) + "\n")
    return 1 if failures else 0


def _print_table(kills: Counter[tuple[str, str]]) -> None:
    victims = [victim.value for victim in Victim]
    print(f"{'killed':<58}", *(f"{name:>9}" for name in victims))
    for moment in dict.fromkeys(moment for moment, _ in kills):
        print(f"{moment:<58}", *(f"{kills[moment, name] or '':>9}" for name in victims))


if __name__ == "__main__":
    sys.exit(main())
