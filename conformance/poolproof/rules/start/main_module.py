"""The caller's `__main__` and its interpreter's flags, in children."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from poolproof.checkers.accounting import account
from poolproof.checkers.judging import judge
from poolproof.history import History, Kind
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.rules.start.looking import same_as_caller
from poolproof.rules.start.scripts import DERIVED, FLAGS, GUARDED, UNGUARDED, run_script
from poolproof.stage.api import Stage
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_DOCS = "https://docs.python.org/3/library/multiprocessing.html"
_GUIDELINES = _DOCS + "#the-spawn-and-forkserver-start-methods"
_STEMS = ("script", "two words", "größe", "main", "with.dots")


def _main_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    run = st.sampled_from([{"stem": "script", "module": True}])
    run |= st.sampled_from([{"stem": stem, "module": False} for stem in _STEMS])
    return st.fixed_dictionaries(
        {
            "run": run,
            "target": st.sampled_from(["function", "method"]),
            "children": st.integers(1, 2),
            "generations": st.integers(1, 2),
        }
    )


def _run_main(plan: Plan, stage: Stage) -> None:
    how = plan["run"]
    ended = run_script(stage, GUARDED, plan, stem=how["stem"], as_module=how["module"])
    stage.note("exitcode", ended.exit_code)
    stage.note("stderr", ended.stderr[-2000:])


def _check_main(plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("exitcode") else "the program was not seen to end"
    return judge(_main_problems(plan, history) if not missing else (), missing=missing)


def _main_problems(plan: Plan, history: History) -> Iterator[str]:
    generations = range(1, plan["generations"] + 1)
    expected = [(number, g) for number in range(plan["children"]) for g in generations]
    runs = [event.key for event in history.of("child", Kind.OK)]
    for complaint in account(expected, runs).complaints("child of a main module", "ran"):
        yield f"{complaint}. Standard error: {history.fact('stderr')}"
    if (code := history.fact("exitcode")) != 0:
        yield f"the program has exit code {code}. Standard error: {history.fact('stderr')}"


MAIN = Rule(
    id="START-18",
    title="Functions and classes of the main module work in children",
    level=Level.MUST,
    kind=Driver.CONTEXT,
    after=("START-07",),
    demands=(
        "A program with the usual guard, run from a file or by -m, starts children whose targets "
        "and arguments are defined in it, and they start children likewise. Each runs once."
    ),
    source=_GUIDELINES,
    triage=(
        "Is the main module found by its path or name, and run as __mp_main__?",
        "Does a process that runs for a second caller still have another main module?",
    ),
    plans=_main_plans,
    run=_run_main,
    check=_check_main,
)


def _derived_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    notes = st.one_of(st.none(), st.integers(), st.text("abc", max_size=3))
    return st.fixed_dictionaries(
        {
            "workers": st.integers(1, 2),
            "notes": st.lists(notes, max_size=3),
            "name": st.sampled_from(["worker", "a b"]),
            "daemon": st.booleans(),
        }
    )


def _run_derived(plan: Plan, stage: Stage) -> None:
    stage.note("stderr", run_script(stage, DERIVED, plan).stderr[-2000:])


def _check_derived(plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("stderr") else "the program was not seen to end"
    return judge(_derived_problems(plan, history) if not missing else (), missing=missing)


def _derived_problems(plan: Plan, history: History) -> Iterator[str]:
    notes = plan["notes"]
    for op, thing in (("child", "worker"), ("target", "target of a worker")):
        keys = [event.key for event in history.of(op, Kind.OK)]
        for complaint in account(range(plan["workers"]), keys).complaints(thing, "ran"):
            yield f"{complaint}. Standard error: {history.fact('stderr')}"
    for number, seen in history.ok("child").items():
        if seen != ["Worker", plan["name"], [*notes, "run"]]:
            yield f"worker {number} found itself to be {seen}, its attribute should be {notes}"
    for event in history.of("caller", Kind.INFO):
        if event.value != [0, notes]:
            yield (
                f"worker {event.key} has exit code and attribute {event.value} in the caller, "
                f"expected {[0, notes]}"
            )


DERIVED_CLASS = Rule(
    id="START-27",
    title="A class derived from Process runs its run(), with the attributes of its object",
    level=Level.MUST,
    kind=Driver.CONTEXT,
    demands=(
        "A main module derives a class from the context's Process, with attributes of its own and "
        "a run() that calls the inherited one. In the child run() finds them, and what it changes "
        "the caller does not see."
    ),
    source=_DOCS + "#multiprocessing.Process.run",
    triage=("Is the whole object sent, or only its target and arguments?",),
    plans=_derived_plans,
    run=_run_derived,
    check=_check_derived,
)


def _unguarded_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    runs = [{"children": 1, "module": True}, {"children": 2, "module": False}]
    return st.sampled_from(runs)


def _run_unguarded(plan: Plan, stage: Stage) -> None:
    ended = run_script(stage, UNGUARDED, plan, as_module=plan["module"])
    stage.note("caller", ended.pid)
    stage.note("stderr", ended.stderr[-2000:])


def _check_unguarded(_plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("stderr") else "the program was not seen to end"
    return judge(_unguarded_problems(history) if not missing else (), missing=missing)


def _unguarded_problems(history: History) -> Iterator[str]:
    caller, said = history.fact("caller"), history.fact("stderr")
    started = history.of("start", Kind.OK)
    for event in started:
        if event.pid != caller:
            yield "a child that imported the main module started a child: they would never end"
    asked = list(dict.fromkeys(event.key for event in started if event.pid == caller))
    ran = account(asked, (event.key for event in history.of("child", Kind.OK)))
    if ran.duplicated or ran.unexpected:
        yield from ran.complaints("child of an unguarded main module", "ran")
    refused = [error["type"] for error in history.failures("start").values()]
    for name in refused:
        if not name.endswith("RuntimeError"):
            yield f"start() in an unguarded main module raised {name}, expected RuntimeError"
    if (ran.lost or refused) and "RuntimeError" not in said:
        yield (
            "start() in an unguarded main module: the target never ran, and standard error names "
            f"no RuntimeError: {said!r}"
        )


UNGUARDED_MAIN = Rule(
    id="START-19",
    title="start() in a main module without guard works, or is a RuntimeError",
    level=Level.MUST,
    kind=Driver.CONTEXT,
    demands=(
        "A program starts children at the top of its main module, without the guard. Either their "
        "targets run, as after a fork, or RuntimeError is raised and printed where the module is "
        "imported. No child starts a child, and the program ends."
    ),
    source=_GUIDELINES,
    triage=("Does start() know that it is called while a child imports the main module?",),
    plans=_unguarded_plans,
    run=_run_unguarded,
    check=_check_unguarded,
    all_plans=2,
)

_FLAGS = ["-O", "-OO", "-B", "-b", "-s", "-q", "-Wignore::FutureWarning", "-Werror::UserWarning"]
_FLAGS += [f"-X{name}" for name in ("dev", "utf8", "faulthandler", "tracemalloc=3")]
_OPTIONS = ["-Xno_debug_ranges", "-Xint_max_str_digits=5000", "-Xwarn_default_encoding"]
if sys.version_info >= (3, 11):
    _FLAGS.append("-P")


def _flag_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    flags = st.lists(st.sampled_from(_FLAGS), unique=True, min_size=1, max_size=3)
    return st.fixed_dictionaries({"flags": flags})


def _option_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries({"flags": st.sampled_from([[option] for option in _OPTIONS])})


def _run_flags(plan: Plan, stage: Stage) -> None:
    run_script(stage, FLAGS, plan, flags=plan["flags"])


INTERPRETER = Rule(
    id="START-38",
    title="The child's interpreter runs with the flags of the caller's",
    level=Level.SHOULD,
    kind=Driver.CONTEXT,
    demands=(
        "A program runs under -O, -B, -W, -X dev and the like. In its child sys.flags, "
        "sys.warnoptions and sys._xoptions are the same."
    ),
    source="https://docs.python.org/3/library/sys.html#sys.flags",
    triage=("Which flags does the new interpreter's command line have?",),
    plans=_flag_plans,
    run=_run_flags,
    check=same_as_caller(),
)

OPTIONS = Rule(
    id="START-41",
    title="The child's interpreter runs with all -X options of the caller's",
    level=Level.SHOULD,
    kind=Driver.CONTEXT,
    demands=(
        "A program runs with -X options that subprocess._args_from_interpreter_flags() leaves out: "
        "one that raised its limit of digits finds the default limit in its children."
    ),
    source="https://github.com/python/cpython/issues/146004",
    triage=("Which -X options does the new interpreter's command line have?",),
    plans=_option_plans,
    run=_run_flags,
    check=same_as_caller(),
    all_plans=len(_OPTIONS),
)

RULES = (MAIN, DERIVED_CLASS, UNGUARDED_MAIN, INTERPRETER, OPTIONS)
