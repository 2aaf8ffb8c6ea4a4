"""What results have against a pool's expectations, and what the file must say instead.

Guarantees:
    - Pure: nothing is read or written here.
    - Once a file says what `revise` demands, again and again until that is nothing, the same
      results have nothing against it.
Assumes:
    - ERROR and UNKNOWN show nothing of a pool: a person looks at them, and none is expected anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from enum import Enum
from typing import Any

from poolproof_reports.results import Outcome

from poolproof.expectations import Expectation, Where, find
from poolproof.expectations.conditions import Conditions, separate
from poolproof.expectations.observations import SHOWN, Cell, Cells

CHANCE = 0.01  # if it is less likely than this that a failure just stayed away, it is gone
_REASON = 160  # characters of a new entry's reason


class Step(Enum):
    """What is to be done about a file."""

    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"
    LOOK = "look"  # nothing but this: a person must


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that results have against a file.

    Attributes:
        number: of the file's own entry that it is about; None for a new one.
        entry: what that entry must say.
        news: is it unexpected, or a better measurement of what was known?
    """

    step: Step
    rule: str
    why: str
    number: int | None = None
    entry: Expectation | None = None
    news: bool = True


def revise(
    own: Sequence[Expectation], inherited: Sequence[Expectation], cells: Cells
) -> list[Change]:
    """What the cells of one pool have against its file, whose entries are `own`."""
    found: list[Change] = []
    for rule, of_rule in cells.items():
        matched: dict[int, list[Cell]] = {}
        entries = (*own, *inherited)
        for cell in of_rule:
            entry = find(entries, rule, cell.where)
            expected = entry.expected if entry else (Outcome.PASS,)
            found += _to_look_at(rule, cell, expected)
            if told := _telling(cell, expected):
                matched.setdefault(-1 if entry is None else entries.index(entry), []).append(told)
        for number, told_cells in matched.items():
            if number == -1:
                known = [c.where for n, cells in matched.items() if n != -1 for c in cells]
                found += _unknown(rule, told_cells, known)
            elif number < len(own) and own[number].rule == rule:
                found += _own(number, own[number], told_cells)
            else:
                found += _general(rule, entries[number], told_cells)
    return found


def _to_look_at(rule: str, cell: Cell, expected: tuple[Outcome, ...]) -> Iterator[Change]:
    for outcome in sorted(set(cell.counts) - SHOWN - {Outcome.PASS, *expected}):
        where = f"{cell.where.start_method} on {cell.where.system}"
        yield Change(Step.LOOK, rule, f"{outcome.value} with {where}: {cell.message}")


def _telling(cell: Cell, expected: tuple[Outcome, ...]) -> Cell | None:
    """The cell without the outcomes that show nothing; None if nothing is left."""
    kept = {o: n for o, n in cell.counts.items() if o in SHOWN | {Outcome.PASS, *expected}}
    return replace(cell, counts=type(cell.counts)(kept)) if kept else None


def _unknown(rule: str, cells: list[Cell], known: list[Where]) -> Iterator[Change]:
    """Cells of which no entry says anything; of the `known` ones another does, and is to stay."""
    for entry in _entries(Expectation(rule, (Outcome.PASS,), ""), cells, known):
        yield Change(Step.ADD, rule, f"came out {_names(entry)}: {entry.reason}", entry=entry)


def _own(number: int, entry: Expectation, cells: list[Cell]) -> Iterator[Change]:
    """Cells of an entry for this very rule."""
    broken, runs = sum(c.broken for c in cells), sum(c.runs for c in cells)
    if entry.rate is not None and (broken or not _is_gone(entry, runs)):
        yield from _measured_again(number, entry, cells)
    elif entry.outcomes == (Outcome.PASS,):
        yield from _taken_back_again(number, entry, cells)
    elif not broken:
        yield _gone(number, entry, cells)
    elif any(c.broken < c.runs for c in cells):
        first, *more = _entries(entry, cells)
        why = f"passes in {_places([c for c in cells if c.broken < c.runs])}"
        yield Change(Step.CHANGE, entry.rule, why, number, first)
        for other in more:
            yield Change(Step.ADD, entry.rule, why, entry=other)
    elif new := _seen(cells, beside=entry.outcomes):
        changed = replace(entry, outcomes=(*entry.outcomes, *new))
        yield Change(Step.CHANGE, entry.rule, f"also came out {_names(changed)}", number, changed)


def _measured_again(number: int, entry: Expectation, cells: list[Cell]) -> Iterator[Change]:
    broken, runs = sum(c.broken for c in cells), sum(c.runs for c in cells)
    new = _seen(cells, beside=entry.outcomes)
    changed = replace(entry, outcomes=(*entry.outcomes, *new))
    if broken and runs >= (entry.runs or 0):
        changed = replace(changed, rate=round(broken / runs, 3), runs=runs)
    if changed != entry:
        why = f"came out {_names(changed)} in {broken} of {runs} runs"
        yield Change(Step.CHANGE, entry.rule, why, number, changed, news=bool(new))


def _is_gone(entry: Expectation, runs: int) -> bool:
    """Would as many runs have shown it? The rate is a guess from few runs: taken with caution."""
    assert entry.rate is not None
    assert entry.runs is not None
    rate = (entry.rate * entry.runs + 1) / (entry.runs + 2)
    return (1 - rate) ** runs < CHANCE


def _gone(number: int, entry: Expectation, cells: list[Cell]) -> Change:
    """All cells pass: the entry goes, but for places it names that the results say nothing of."""
    why = f"passes in {_places(cells)}"
    for field, seen in _named(cells).items():
        if left := tuple(name for name in getattr(entry, field) if name not in seen):
            change: dict[str, Any] = {field: left}
            return Change(Step.CHANGE, entry.rule, why, number, replace(entry, **change))
    return Change(Step.REMOVE, entry.rule, why, number)


def _taken_back_again(number: int, entry: Expectation, cells: list[Cell]) -> Iterator[Change]:
    """An entry says that here it passes; where it does not, what is inherited holds after all."""
    if broken := [c for c in cells if c.broken]:
        why = f"came out {', '.join(o.value for o in _seen(broken))} in {_places(broken)}"
        good = [c.where for c in cells if not c.broken]
        kept = separate(good, [c.where for c in broken])[:1] if good else ()
        for conditions in kept:
            yield Change(Step.CHANGE, entry.rule, why, number, _under(entry, conditions, cells))
        if not kept:
            yield Change(Step.REMOVE, entry.rule, why, number)


def _general(rule: str, entry: Expectation, cells: list[Cell]) -> Iterator[Change]:
    """Cells of a pattern, or of an entry that is another file's: an entry here must win."""
    base = replace(entry, rule=rule)
    if entry.rate is not None:
        news = [c for c in cells if set(c.counts) - set(entry.expected)]
    else:
        news = [c for c in cells if set(c.counts) - set(entry.outcomes)]
    others = [c for c in cells if c not in news]
    if mended := [c for c in news if not c.broken]:
        why = f"passes in {_places(mended)}, unlike {entry.rule} elsewhere"
        rest = [c.where for c in cells if c not in mended]
        for conditions in separate([c.where for c in mended], rest):
            here = replace(_under(base, conditions, cells), outcomes=(Outcome.PASS,), link="")
            here = replace(here, reason="passes here", rate=None, runs=None)
            yield Change(Step.ADD, rule, why, entry=here)
    if broken := [c for c in news if c.broken]:
        for changed in _entries(base, [*broken, *others]):
            yield Change(Step.ADD, rule, f"came out {_names(changed)}", entry=changed)


def _entries(
    base: Expectation, cells: list[Cell], known: Sequence[Where] = ()
) -> Iterator[Expectation]:
    """The entries that `base` becomes: strict where all came out badly, with a rate elsewhere."""
    strict = [c for c in cells if c.broken and not _by_chance(c)]
    chancy = [c for c in cells if c.broken and _by_chance(c)]
    for group in filter(None, (strict, chancy)):
        others = [c.where for c in cells if c not in group]
        for conditions in separate([c.where for c in group], [*others, *known]):
            entry = _under(base, conditions, cells)
            yield _telling_of(entry, [c for c in group if entry.applies(base.rule, c.where)])


def _telling_of(entry: Expectation, cells: list[Cell]) -> Expectation:
    known = () if entry.outcomes == (Outcome.PASS,) else entry.outcomes
    broken, runs = sum(c.broken for c in cells), sum(c.runs for c in cells)
    chancy = any(_by_chance(c) for c in cells)
    return replace(
        entry,
        outcomes=(*known, *_seen(cells, beside=known)),
        reason=entry.reason
        or next(c.message for c in cells if c.broken)[:_REASON]
        or "unexplained",
        rate=round(broken / runs, 3) if chancy else None,
        runs=runs if chancy else None,
    )


def _message(cells: list[Cell]) -> str:
    return next(c.message for c in cells if c.broken)[:_REASON].strip() or "not explained yet"


def _by_chance(cell: Cell) -> bool:
    return bool(cell.broken) and (cell.stochastic or cell.broken < cell.runs)


def _under(entry: Expectation, conditions: Conditions, cells: list[Cell]) -> Expectation:
    """The entry under more conditions; places it names of which nothing is known stay named."""
    said = asdict(conditions)
    for field, names in _named(cells).items():
        before = getattr(entry, field)
        unseen = tuple(name for name in before if name not in names)
        said[field] = (*said[field], *unseen) if said[field] else before
    for field in ("python", "version", "torch"):
        said[field] = ",".join(filter(None, (getattr(entry, field), said[field])))
    return replace(entry, **said)


def _named(cells: list[Cell]) -> dict[str, set[str]]:
    """The places of the cells, by the fields that name places one by one."""
    return {
        "start_methods": {c.where.start_method for c in cells},
        "systems": {c.where.system for c in cells},
    }


def _seen(cells: Sequence[Cell], beside: tuple[Outcome, ...] = ()) -> tuple[Outcome, ...]:
    seen = {o for c in cells for o in c.counts} - {Outcome.PASS, *beside}
    return tuple(o for o in Outcome if o in seen)


def _names(entry: Expectation) -> str:
    return " or ".join(outcome.value for outcome in entry.expected)


def _places(cells: Sequence[Cell]) -> str:
    places = (f"{c.where.start_method} ({c.where.system}, Python {c.where.python})" for c in cells)
    return ", ".join(dict.fromkeys(places))
