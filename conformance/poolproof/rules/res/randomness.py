"""Random numbers: the same after the same seed, and different where nobody has seeded."""

from __future__ import annotations

import random
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

from poolproof import tasks_res
from poolproof.drivers import capabilities as can
from poolproof.gate import Gate
from poolproof.history import History
from poolproof.plan import JSON, Plan
from poolproof.rule import Kind as RuleKind
from poolproof.rule import Level, Rule
from poolproof.rules.results import brief, judge
from poolproof.stage.api import Stage
from poolproof.verdict import Judgement, failed

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

SEED = "https://docs.python.org/3/library/random.html#random.seed"


def _libraries() -> list[str]:
    return ["random", "numpy"] if find_spec("numpy") else ["random"]


def _seeded_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    seeded = st.fixed_dictionaries(
        {"seed": st.integers(0, 2**32 - 1), "draws": st.integers(1, 5)},
    )
    stirs = st.fixed_dictionaries({"draws": st.integers(1, 700)})  # the state has 624 words
    jobs = st.builds(lambda one, more: [*more, one], seeded, st.lists(seeded | stirs, max_size=9))
    return st.fixed_dictionaries({"library": st.sampled_from(_libraries()), "jobs": jobs})


def _run_seeded(plan: Plan, stage: Stage) -> None:
    jobs = [(plan["library"], job["draws"], job.get("seed")) for job in plan["jobs"]]
    pending = [stage.pool().submit(tasks_res.draws, *job) for job in jobs]
    for key, task in enumerate(pending):
        stage.call("draw", task.get, key, show=list)


def _check_seeded(plan: Plan, history: History) -> Judgement:
    seeded = {key: job for key, job in enumerate(plan["jobs"]) if "seed" in job}
    return judge(history, "draw", {key: _serial(plan["library"], j) for key, j in seeded.items()})


def _serial(library: str, job: JSON) -> list[int]:
    """From a generator of its own: the global one is not the judge's to seed."""
    if library == "random":
        generator = random.Random(job["seed"])
        return [generator.getrandbits(32) for _ in range(job["draws"])]
    from numpy.random import RandomState

    state = RandomState(job["seed"])
    return [int(state.randint(2**32, dtype="uint64")) for _ in range(job["draws"])]


POOLS: tuple[list[int], ...] = ([2], [1, 1], [2, 1])  # numbers of workers, pool after pool


def _unseeded_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.sampled_from(POOLS).map(lambda pools: {"pools": pools})


def _run_unseeded(library: str, plan: Plan, stage: Stage) -> None:
    # The generator is there before the pools are, as in a program that uses both.
    tasks_res.draws(library, 1)
    for number, workers in enumerate(plan["pools"]):
        with stage.fresh_pool(workers) as pool:
            with Gate() as gate:
                first = (tasks_res.first_draws, gate.address, library)
                pending = [pool.submit(*first) for _ in range(workers)]
                gate.admit(workers)  # all at once: each in a worker of its own
            for key, task in enumerate(pending):
                stage.call("draw", task.get, (number, key), show=list)


def _check_unseeded(plan: Plan, history: History) -> Judgement:
    drawn: dict[tuple[int, ...], int] = {}  # what was drawn first -> by which process
    for pid, *numbers in history.ok("draw").values():
        other = drawn.setdefault(tuple(numbers), pid)
        if other != pid:
            return failed(
                f"workers {other} and {pid}, which nobody seeded, drew the same {len(numbers)} "
                f"numbers of 32 bits first: {brief(numbers)}"
            )
    asked = [(number, key) for number, n in enumerate(plan["pools"]) for key in range(n)]
    expected = {key: history.ok("draw").get(key) for key in asked}
    return judge(history, "draw", expected)


def _differ_between_workers(id: str, library: str, needs: str, source: str) -> Rule:
    return Rule(
        id=id,
        title=f"Workers that nobody seeded draw different numbers from {library}",
        level=Level.SHOULD,
        kind=RuleKind.POOL,
        demands="The program has used the generator, then opens a pool, or several one after the "
        "other. The first 128 bits that tasks draw in one worker are not those of another: noise, "
        "shuffles and names for temporary files are not repeated once for each worker.",
        source=source,
        triage=(
            "a forked worker starts with a copy of its parent's generator",
            "a template process that workers are copied from has seeded already",
            "an initializer of the pool's own that seeds with a constant",
        ),
        plans=_unseeded_plans,
        run=partial(_run_unseeded, library),
        check=_check_unseeded,
        needs=frozenset({can.PROCESSES, needs}),
        all_plans=len(POOLS),
    )


RULES = (
    Rule(
        id="RES-21",
        title="A task that seeds its generator draws what the serial run draws",
        level=Level.MUST,
        kind=RuleKind.POOL,
        demands="After random.seed(n), or numpy.random.seed(n), a task draws the numbers that "
        "follow that seed, whichever tasks have drawn from the same worker's generator before.",
        source=SEED,
        triage=("something of the pool draws from the global generator while tasks run",),
        plans=_seeded_plans,
        run=_run_seeded,
        check=_check_seeded,
        needs=frozenset({can.PROCESSES}),
        after=("RES-01",),
    ),
    _differ_between_workers(
        "RES-22",
        "random",
        can.PROCESSES,
        "https://docs.python.org/3/library/os.html#os.register_at_fork",
    ),
    _differ_between_workers(
        "RES-23", "numpy", can.NUMPY, "https://github.com/pytorch/pytorch/issues/5059"
    ),
)
