"""How a child ends, and how its caller learns of it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING

from poolproof.checkers.judging import judge
from poolproof.children import child, owned, run_to_end
from poolproof.gate import Gate
from poolproof.history import History
from poolproof.plan import JSON, Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.stage.api import Stage
from poolproof.tasks_start import end, stay
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_PROCESS = "https://docs.python.org/3/library/multiprocessing.html#multiprocessing.Process"
# Only where a process can end by a signal does its exit code name one.
_SIGNALS = ["SIGKILL", "SIGTERM"] if hasattr(signal, "SIGKILL") else []
_TERMINATED = -signal.SIGTERM
_KILLED = -getattr(signal, "SIGKILL", signal.SIGTERM)  # without SIGKILL, kill() is terminate()


def _code_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    number = st.integers(0, 255)
    endings = [
        st.tuples(st.just("return"), st.none()),
        st.tuples(st.just("sys.exit"), st.one_of(st.none(), number, st.sampled_from(["text", ""]))),
        st.tuples(st.just("raise"), st.just("uncaught")),
        st.tuples(st.just("os._exit"), number),
    ]
    if _SIGNALS:
        endings.append(st.tuples(st.just("signal"), st.sampled_from(_SIGNALS)))
    return st.fixed_dictionaries({"ends": st.one_of(endings).map(list)})


def _run_code(plan: Plan, stage: Stage) -> None:
    stage.note("exitcode", run_to_end(child(stage, end, *plan["ends"]))[0])


def _check_code(plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("exitcode") else "the process was not joined"
    return judge(_code_problems(plan, history), missing=missing)


def _code_problems(plan: Plan, history: History) -> Iterator[str]:
    how, value = plan["ends"]
    expected = _exit_code(how, value)
    for code in history.facts("exitcode"):
        if code != expected:
            yield f"a child that ended by {how}({value!r}) has exit code {code}, not {expected}"


def _exit_code(how: str, value: JSON) -> int:
    if how == "return":
        return 0
    if how == "signal":
        return -int(getattr(signal, value))
    if how == "raise" or isinstance(value, str):  # sys.exit("text") prints the text and fails
        return 1
    return int(value or 0)


CODES = Rule(
    id="START-02",
    title="exitcode tells how the child ended",
    level=Level.MUST,
    kind=Driver.CONTEXT,
    demands=(
        "0 for a target that returns or calls sys.exit(), n for sys.exit(n) and os._exit(n), 1 for "
        "sys.exit('text') and for an uncaught exception, -n for signal n (where there are signals)."
    ),
    source=_PROCESS + ".exitcode",
    triage=(
        "Who waits for the child, and how does its status reach the caller?",
        "Is the status of a signal told from an exit code?",
    ),
    plans=_code_plans,
    run=_run_code,
    check=_check_code,
)


def _watch_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "ends": st.sampled_from(["return", "terminate", "kill"]),
            "patience_s": st.sampled_from([0, 0.001, 0.05]),
            "sentinel_first": st.booleans(),
        }
    )


def _run_watch(plan: Plan, stage: Stage) -> None:
    with Gate() as gate:
        process = child(stage, stay, gate.address)
        with owned([process]):
            process.start()
            (visitor,) = gate.admit()
            process.join(plan["patience_s"])
            stage.note("running", _state(process))
            {"return": visitor.release, "terminate": process.terminate, "kill": process.kill}[
                plan["ends"]
            ]()
            if plan["sentinel_first"]:
                wait([process.sentinel])
            process.join()
            # Without a limit: a fork server closes its end only after the exit code was read.
            wait([process.sentinel])
            stage.note("ended", _state(process))


def _state(process: BaseProcess) -> JSON:
    return {
        "alive": process.is_alive(),
        "exitcode": process.exitcode,
        "sentinel ready": bool(wait([process.sentinel], 0)),
    }


def _check_watch(plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("ended") else "the process was not joined"
    return judge(_watch_problems(plan, history), missing=missing)


def _watch_problems(plan: Plan, history: History) -> Iterator[str]:
    code = {"return": 0, "terminate": _TERMINATED, "kill": _KILLED}[plan["ends"]]
    expected: dict[str, dict[str, JSON]] = {
        "running": {"alive": True, "exitcode": None, "sentinel ready": False},
        "ended": {"alive": False, "exitcode": int(code), "sentinel ready": True},
    }
    after = {
        "running": f"a child runs and join({plan['patience_s']}) has returned",
        "ended": f"a child was ended by {plan['ends']} and joined",
    }
    for when, state in expected.items():
        for seen in history.facts(when):
            for what, value in state.items():
                if seen[what] != value:
                    yield f"{after[when]}: {what} is {seen[what]}, expected {value}"


WATCHED = Rule(
    id="START-06",
    title="join(timeout), sentinel, terminate() and kill() work on a running child",
    level=Level.MUST,
    kind=Driver.CONTEXT,
    demands=(
        "While the child runs, join(timeout) returns, it is alive, has no exit code, and its "
        "sentinel is not ready. Once it has returned, or was ended by terminate() (SIGTERM) or "
        "kill() (SIGKILL; SIGTERM where that does not exist), the sentinel becomes ready and the "
        "exit code says how it ended."
    ),
    source=_PROCESS + ".sentinel",
    triage=(
        "Does something else than the child hold the far end of the sentinel?",
        "Does terminate() reach the child, or a process in between?",
    ),
    plans=_watch_plans,
    run=_run_watch,
    check=_check_watch,
)

RULES = (CODES, WATCHED)
