"""Python's own values, and objects that say themselves how they are pickled."""

from __future__ import annotations

from poolproof import objects, objects_custom, portraits
from poolproof.drivers import capabilities as can
from poolproof.plan import JSON, Plan
from poolproof.rule import Kind, Level, Rule
from poolproof.rules.data import both_ways
from poolproof.rules.data.payloads import SIZES
from poolproof.stage.api import Stage


def _first_that_differs(got: JSON, want: JSON) -> str:
    if type(got) is not list or len(got) != len(want):
        return f"{got} came, and not a list of {len(want)}"
    pairs = enumerate(zip(got, want, strict=True))
    told = (f"number {n} came as {a}, expected {b}" for n, (a, b) in pairs if a != b)
    return next(told, "")


def _run_custom(plan: Plan, stage: Stage) -> None:
    build, portrait = objects_custom.build_custom, objects_custom.portrait_custom
    expect = objects_custom.as_pickled
    both_ways.send(plan["values"], stage, stage.pool(), build, portrait, expect)


RULES = (
    Rule(
        id="DATA-33",
        title="Python's values of every kind arrive as they are",
        level=Level.MUST,
        kind=Kind.POOL,
        demands="Text with lone surrogates and NULs, the bits of floats, integers of any length, "
        "dates with zone and fold, decimals, deques with their bound, dicts that keep an order or "
        "a factory, named tuples, dataclasses with slots, paths, patterns, arrays and more keep "
        "type and value. Enum members, classes and functions are those of the other side.",
        source="https://docs.python.org/3/library/pickle.html#what-can-be-pickled-and-unpickled",
        triage=("text encoded without 'surrogatepass'", "numbers sent as text", "protocol below 4"),
        plans=lambda: both_ways.plans(objects.values(), 4),
        run=both_ways.sends(objects.build_values, objects.portrait_values),
        check=both_ways.check(_first_that_differs),
        after=("RES-01",),
    ),
    Rule(
        id="DATA-34",
        title="Memory that could be written to still can, and other memory cannot",
        level=Level.SHOULD,
        kind=Kind.POOL,
        demands="bytes, bytearrays, and objects that hand out theirs to pickle protocol 5 arrive "
        "with the same content at any size; what was writable is, what was read-only is.",
        source="https://peps.python.org/pep-0574/#mutability",
        triage=("buffers sent beside the pickle and given back as read-only views",),
        plans=lambda: both_ways.plans(objects_custom.buffers(SIZES)),
        run=both_ways.sends(objects_custom.build_buffer, objects_custom.portrait_buffer),
        check=both_ways.check(portraits.differ()),
        after=("DATA-02",),
    ),
    Rule(
        id="DATA-35",
        title="Objects that say how they are pickled are pickled so",
        level=Level.MUST,
        kind=Kind.POOL,
        demands="__reduce__ (all its six parts), __reduce_ex__, __getstate__, __setstate__, "
        "__getnewargs_ex__, slots and functions registered with copyreg have their say: what "
        "arrives is what pickle.loads(pickle.dumps(x)) gives.",
        source="https://docs.python.org/3/library/pickle.html#pickling-class-instances",
        triage=("a pickler with a dispatch_table that hides copyreg's", "objects copied by dict"),
        plans=lambda: both_ways.plans(objects_custom.custom(), 4),
        run=_run_custom,
        check=both_ways.check(_first_that_differs),
        needs=frozenset({can.PROCESSES}),
        after=("DATA-01",),
    ),
)
