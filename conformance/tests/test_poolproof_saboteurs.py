"""The suite is feared by wrong pools and trusted by right ones: every saboteur, for real."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import cache

import pytest
from poolproof.catalogue import GROUPS, find, rules
from poolproof.engine import SubjectRun
from poolproof.profiles import PROFILES
from poolproof.rule import Rule
from poolproof.saboteurs import saboteurs
from poolproof.saboteurs.record import Saboteur
from poolproof.stage.keeper import Keeper
from poolproof_reports.results import NOT_JUDGED, Outcome, RuleResult

# Fewer plans than a user's run: the point is that a fault is caught at once.
BRIEF = replace(PROFILES["quick"], plans=8, rule_s=2.0, shrink_s=1.0)
START_METHOD = "forkless" if sys.platform == "win32" else "fork"


def group_of(rule_id: str) -> tuple[Rule, ...]:
    return tuple(r for r in rules().values() if r.group == find(rule_id).group)


@cache
def judged(pool: str, group: tuple[Rule, ...]) -> dict[str, RuleResult]:
    with Keeper(pool, START_METHOD) as keeper:
        run = SubjectRun(keeper, keeper.describe(), BRIEF, 0, group)
        run.judge()
    assert not run.note, run.note
    return {r.rule: r for r in run.results}


@pytest.mark.parametrize("group", GROUPS)
def test_the_honest_parent_passes_every_rule(group: str) -> None:
    members = tuple(r for r in rules().values() if r.group == group)
    results = judged("poolproof.saboteurs.honest:subject", members)
    broken = {r.rule: r.message for r in results.values() if r.outcome not in _FINE}
    assert not broken


@pytest.mark.parametrize("saboteur", saboteurs(), ids=lambda s: s.name)
def test_a_saboteur_breaks_its_rule_and_no_other_of_the_group(saboteur: Saboteur) -> None:
    results = judged(
        f"poolproof.saboteurs:{saboteur.name.replace('-', '_')}", group_of(saboteur.rule)
    )
    caught = results[saboteur.rule]
    assert caught.outcome is saboteur.outcome, caught.message
    assert saboteur.says in caught.message
    others = {r.rule: r.message for r in results.values() if r.rule != saboteur.rule}
    broken = {r: m for r, m in others.items() if results[r].outcome not in _FINE}
    assert not broken, f"{saboteur.fault} broke other rules too"


def test_every_rule_has_a_saboteur() -> None:
    assert {s.rule for s in saboteurs()} == set(rules())


_FINE = {Outcome.PASS, *NOT_JUDGED}
