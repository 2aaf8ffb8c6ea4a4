"""How a pool that is wrong on purpose fared with the suite: pure judgement on results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from poolproof_reports.results import NOT_JUDGED, Outcome, RuleResult

from poolproof.catalogue import find, rules
from poolproof.rule import Rule
from poolproof.saboteurs.record import Saboteur

_FINE = frozenset({Outcome.PASS, *NOT_JUDGED})


class Fate(str, Enum):
    """What became of a saboteur; CAUGHT is the one right end."""

    CAUGHT = "caught"
    SURVIVED = "survived"
    WRONG_OUTCOME = "wrong outcome"
    WRONG_MESSAGE = "wrong message"
    BROKE_MORE = "broke more"
    NOT_JUDGED = "not judged here"  # this system lacks what its rule needs


@dataclass(frozen=True, slots=True)
class Fared:
    """How one saboteur fared.

    Attributes:
        outcome: of the rule that must catch it.
        broke_more: rules beside that one, with their messages.
    """

    saboteur: Saboteur
    fate: Fate
    outcome: Outcome
    message: str
    broke_more: Mapping[str, str]
    duration_s: float


def fared(saboteur: Saboteur, results: Mapping[str, RuleResult]) -> Fared:
    """What the results say; the rule that must catch it is one of them."""
    own = results[saboteur.rule]
    more = broken(r for r in results.values() if r.rule != saboteur.rule)
    return Fared(
        saboteur,
        _fate(saboteur, own, bool(more)),
        own.outcome,
        own.message,
        more,
        sum(r.duration_s for r in results.values()),
    )


def _fate(saboteur: Saboteur, own: RuleResult, broke_more: bool) -> Fate:
    if broke_more:
        return Fate.BROKE_MORE
    if own.outcome is Outcome.SKIP:
        return Fate.NOT_JUDGED
    if own.outcome is Outcome.PASS:
        return Fate.SURVIVED
    if own.outcome is not saboteur.outcome:
        return Fate.WRONG_OUTCOME
    return Fate.CAUGHT if saboteur.says in own.message else Fate.WRONG_MESSAGE


def broken(results: Iterable[RuleResult]) -> dict[str, str]:
    """Rule id -> message of those that do not hold."""
    return {r.rule: f"{r.outcome.value}: {r.message}" for r in results if r.outcome not in _FINE}


def rules_for(chosen: Iterable[Saboteur], *, whole_group: bool = False) -> tuple[Rule, ...]:
    """Their rules with all that must hold for those, in the order of the catalogue."""
    own = [find(saboteur.rule) for saboteur in chosen]
    if whole_group:
        groups = {rule.group for rule in own}
        own = [rule for rule in rules().values() if rule.group in groups]
    wanted = {r.id for rule in own for r in _with_prerequisites(rule)}
    return tuple(rule for rule in rules().values() if rule.id in wanted)


def _with_prerequisites(rule: Rule) -> list[Rule]:
    return [r for name in rule.after for r in _with_prerequisites(find(name))] + [rule]
