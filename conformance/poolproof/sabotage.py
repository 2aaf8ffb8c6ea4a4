"""Lets the suite judge pools that are wrong on purpose, and says whether it can be trusted."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum

from poolproof_reports.results import NOT_JUDGED, Outcome, RuleResult

from poolproof.catalogue import find, rules
from poolproof.engine import SubjectRun
from poolproof.profiles import PROFILES
from poolproof.rule import Rule
from poolproof.saboteurs.record import Saboteur
from poolproof.stage.keeper import Keeper

HONEST = "poolproof.saboteurs.honest:subject"
START_METHOD = "forkless" if sys.platform == "win32" else "fork"
# As many plans as quick draws at most, and no time, so that a slow machine runs the same ones.
SEARCHING = replace(PROFILES["quick"], rule_s=float("inf"), shrink_s=0.0, subject_s=float("inf"))
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


def try_saboteur(saboteur: Saboteur, *, whole_group: bool = False, seed: int = 0) -> Fared:
    """Judge it by its rule and those that must hold for it, or by the whole group.

    Raises:
        Refused: it does not open.
    """
    members = rules_for([saboteur], whole_group=whole_group)
    name = f"poolproof.saboteurs:{saboteur.name.replace('-', '_')}"
    return fared(saboteur, judged(name, members, seed))


def try_honest(members: tuple[Rule, ...]) -> dict[str, str]:
    """The rules that the honest parent breaks, with messages: none, if all is well."""
    return broken(judged(HONEST, members, 0).values())


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


def judged(pool: str, members: tuple[Rule, ...], seed: int) -> dict[str, RuleResult]:
    """The results by rule id.

    Raises:
        Refused: the pool does not open.
    """
    with Keeper(pool, START_METHOD) as keeper:
        run = SubjectRun(keeper, keeper.describe(), SEARCHING, seed, members)
        run.judge()
    return {r.rule: r for r in run.results}
