"""A task that goes wrong among neighbours that do not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from poolproof import tasks
from poolproof.checkers.judging import judge
from poolproof.drivers.base import Pending, Pool
from poolproof.history import History, Kind
from poolproof.plan import Plan
from poolproof.rules.results import raised, settled
from poolproof.stage.api import Stage
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def plans_around(**more: SearchStrategy[Any]) -> SearchStrategy[Plan]:
    """Plans with `workers`, how many tasks go in `before` and `after` the bad one, and `more`."""
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "workers": st.integers(1, 2),  # few: they are what a plan costs
            "before": st.integers(0, 4),
            "after": st.integers(0, 8),
            **more,
        }
    )


def bad_key(plan: Plan) -> int:
    """The key of the task that goes wrong; keys number the tasks in the order of submission."""
    before: int = plan["before"]
    return before


def submit_around(
    stage: Stage, pool: Pool, plan: Plan, bad: Callable[..., Any], *args: Any
) -> list[tuple[int, Pending]]:
    """Submit good tasks, the bad one, good tasks; a submission that raises settles its task."""
    pending = []
    for key in range(plan["before"] + 1 + plan["after"]):
        job = (bad, *args) if key == bad_key(plan) else (tasks.identity, key)
        result = submit(stage, pool, key, *job)
        if result is not None:
            pending.append((key, result))
    return pending


def run_around(bad: Callable[..., Any], *names: str) -> Callable[[Plan, Stage], None]:
    """How a rule runs whose bad task gets what its plan has under `names`: in a pool of its own."""

    def run(plan: Plan, stage: Stage) -> None:
        with stage.fresh_pool(plan["workers"]) as pool:
            given = [plan[name] for name in names]
            settle(stage, submit_around(stage, pool, plan, bad, *given))

    return run


def submit(
    stage: Stage, pool: Pool, key: int, fn: Callable[..., Any], *args: Any
) -> Pending | None:
    """Submit a task; None when the pool refuses it."""
    result: Pending | None = stage.call("submit", lambda: pool.submit(fn, *args), key, _nothing)
    return result


def settle(stage: Stage, pending: list[tuple[int, Pending]]) -> None:
    """Wait for every result, in order."""
    for key, result in pending:
        stage.call("get", result.get, key)
    stage.note("settled", len(pending))


def check_around(plan: Plan, history: History, *problems: Iterator[str]) -> Judgement:
    """Judge neighbours leniently (a right value or an error), then the `problems` given."""
    missing = "" if history.facts("settled") else "not all results were waited for"
    everything = (p for source in (wrong_values(plan, history), *problems) for p in source)
    return judge(everything if not missing else (), missing=missing)


def wrong_values(plan: Plan, history: History) -> Iterator[str]:
    """A neighbour that returned, but not its own value."""
    for key, value in history.ok("get").items():
        if key != bad_key(plan) and value != key:
            yield f"task {key} returned {value!r}, expected {key}"


def hurt_neighbours(plan: Plan, history: History) -> Iterator[str]:
    """A neighbour that got an error, at submission or in its result."""
    for op in ("submit", "get"):
        for key, end in settled(history, op).items():
            if key != bad_key(plan) and end.kind is Kind.FAIL:
                yield (
                    f"task {key} is not at fault (task {bad_key(plan)} is) and its {op} "
                    f"raised {raised(end)}; expected {key}"
                )


def undue_success(plan: Plan, history: History, what: str) -> Iterator[str]:
    """The bad task gave a value."""
    values = history.ok("get")
    if bad_key(plan) in values:
        yield f"{what}, and its result is the value {values[bad_key(plan)]!r}; expected an error"


def _nothing(_: object) -> None:
    return None
