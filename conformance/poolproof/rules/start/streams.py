"""The standard streams of children, seen from outside of a whole program."""

from __future__ import annotations

from collections.abc import Iterator
from subprocess import DEVNULL, PIPE
from typing import TYPE_CHECKING

from poolproof.checkers.judging import judge
from poolproof.history import History, Kind
from poolproof.plan import Plan
from poolproof.rule import Kind as Driver
from poolproof.rule import Level, Rule
from poolproof.stage.api import Stage
from poolproof.verdict import Judgement

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_PROCESS = "https://docs.python.org/3/library/multiprocessing.html#multiprocessing.Process"
_GUIDELINES = "https://docs.python.org/3/library/multiprocessing.html#programming-guidelines"
_PROGRAMS = "poolproof.tasks_start_streams"


def _failure_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    how = st.sampled_from(["raise", "chained", "interrupt", "sys.exit"])
    text = st.text("abcdefgh '\"%{", min_size=1, max_size=12).map(str.strip).filter(bool)
    failure = st.tuples(how, text).map(list)
    return st.fixed_dictionaries({"failures": st.lists(failure, min_size=1, max_size=2)})


def _run_failures(plan: Plan, stage: Stage) -> None:
    with stage.program(f"{_PROGRAMS}:let_children_fail", plan, stderr=PIPE) as program:
        stage.note("stderr", program.communicate()[1])


def _check_failures(plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("stderr") else "the program was not seen to end"
    return judge(_failure_problems(plan, history), missing=missing)


def _failure_problems(plan: Plan, history: History) -> Iterator[str]:
    for said in history.facts("stderr"):
        for how, text in plan["failures"]:
            for part in _expected_parts(how, text):
                if part not in said:
                    yield (
                        f"a child ended by {how} with {text!r}, and standard error does not say "
                        f"{part!r}"
                    )


def _expected_parts(how: str, text: str) -> tuple[str, ...]:
    if how == "sys.exit":
        return (text,)
    if how == "interrupt":
        return ("Traceback", "_fail_in_depth", f"KeyboardInterrupt: {text}")
    cause = (str(KeyError(f"cause of {text}")), "direct cause") if how == "chained" else ()
    return ("Traceback", "_fail_in_depth", f"ValueError: {text}", *cause)


FAILURES = Rule(
    id="START-12",
    title="Standard error says why a child failed",
    level=Level.MUST,
    kind=Driver.CONTEXT,
    after=("START-02",),
    demands=(
        "An exception that nobody catches in a child is printed to standard error, with traceback "
        "and cause; sys.exit('text') prints the text."
    ),
    source=_PROCESS + ".exitcode",
    triage=(
        "Where do the child's standard error and its last words go?",
        "Is sys.stderr flushed before the process ends?",
    ),
    plans=_failure_plans,
    run=_run_failures,
    check=_check_failures,
)


def _print_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    how = st.sampled_from(["print", "os.write"])
    ending = st.sampled_from(["return", "sys.exit", "raise"])
    return st.fixed_dictionaries(
        {"children": st.lists(st.tuples(how, ending).map(list), min_size=1, max_size=3)}
    )


def _run_print(plan: Plan, stage: Stage) -> None:
    program = f"{_PROGRAMS}:let_children_print"
    with stage.program(program, plan, stdout=PIPE, stderr=DEVNULL) as it:
        stage.note("stdout", it.communicate()[0])


def _check_print(plan: Plan, history: History) -> Judgement:
    missing = "" if history.facts("stdout") else "the program was not seen to end"
    return judge(_print_problems(plan, history), missing=missing)


def _print_problems(plan: Plan, history: History) -> Iterator[str]:
    words = ["<caller before>", "<caller after>"]
    words += [f"<child {number}>" for number in range(len(plan["children"]))]
    for said in history.facts("stdout"):
        for word in words:
            if (count := said.count(word)) != 1:
                yield f"{word} was printed once and came {count} times: {said!r}"


PRINTED = Rule(
    id="START-13",
    title="What caller and children print comes out once",
    level=Level.MUST,
    kind=Driver.CONTEXT,
    demands=(
        "A program prints and flushes nothing, its children do likewise, by print() or on "
        "descriptor 1, and end by returning, sys.exit() or an exception. What was in the caller's "
        "buffer at start() is not printed by the child again, and what is in the child's buffer at "
        "its end is not lost."
    ),
    source="https://github.com/python/cpython/issues/98552",
    triage=(
        "Are the caller's streams flushed before the child is made?",
        "Are the child's streams flushed before it ends?",
    ),
    plans=_print_plans,
    run=_run_print,
    check=_check_print,
)


def _read_plans() -> SearchStrategy[Plan]:
    from hypothesis import strategies as st

    return st.fixed_dictionaries(
        {
            "lines": st.lists(st.text("abc ", max_size=6), min_size=1, max_size=3),
            "caller_first": st.integers(0, 1),  # lines that it reads before it starts children
            "children": st.lists(
                st.sampled_from(["read", "readline", "iterate", "input"]), min_size=1, max_size=2
            ),
        }
    )


def _run_read(plan: Plan, stage: Stage) -> None:
    with stage.program(f"{_PROGRAMS}:let_children_read", plan, stdin=PIPE) as program:
        program.communicate(_input(plan))


def _input(plan: Plan) -> str:
    return "".join(f"{line}\n" for line in plan["lines"])


def _check_read(plan: Plan, history: History) -> Judgement:
    seen = history.facts("caller") and history.of("child", Kind.OK)
    return judge(_read_problems(plan, history), missing="" if seen else "nobody read anything")


def _read_problems(plan: Plan, history: History) -> Iterator[str]:
    for number, said in history.ok("child").items():
        if said != "":
            yield f"child {number} read {said!r} from standard input, expected its end at once"
    for said in history.facts("caller"):
        if said != _input(plan):
            yield f"the caller's input is {_input(plan)!r}, and it read {said!r}"


INPUT = Rule(
    id="START-20",
    title="Children find nothing on standard input, and take nothing from the caller's",
    level=Level.MUST,
    kind=Driver.CONTEXT,
    demands=(
        "A program has lines on its standard input. In a child sys.stdin is at its end at once, "
        "and the program itself reads every line, before and after it has had children."
    ),
    source=_GUIDELINES,
    triage=("Is sys.stdin replaced by the null device in the child?",),
    plans=_read_plans,
    run=_run_read,
    check=_check_read,
)

RULES = (FAILURES, PRINTED, INPUT)
