"""The suite is feared by wrong pools and trusted by right ones: every saboteur, for real."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest
from poolproof.catalogue import GROUPS, find, rules
from poolproof.engine import SubjectRun
from poolproof.profiles import PROFILES, Profile
from poolproof.rule import Rule
from poolproof.saboteurs import saboteurs
from poolproof.saboteurs.record import Saboteur
from poolproof.stage.keeper import Keeper
from poolproof_reports.results import NOT_JUDGED, Outcome, RuleResult

# A count of plans and no time, so that the same plans run on a slow machine and on a fast one.
NO_LIMIT = float("inf")
SEARCHING = replace(PROFILES["quick"], rule_s=NO_LIMIT, shrink_s=0.0, subject_s=NO_LIMIT)
GLANCING = replace(SEARCHING, plans=10)
START_METHOD = "forkless" if sys.platform == "win32" else "fork"


def group_of(rule_id: str) -> tuple[Rule, ...]:
    return tuple(r for r in rules().values() if r.group == find(rule_id).group)


def judged(pool: str, *asked: tuple[Profile, tuple[Rule, ...]]) -> dict[str, RuleResult]:
    results: list[RuleResult] = []
    with Keeper(pool, START_METHOD) as keeper:
        for profile, members in asked:
            # With what came before, so that a rule that builds on a broken one is not run.
            run = SubjectRun(keeper, keeper.describe(), profile, 0, members, results=results)
            run.judge()
            assert not run.note, run.note
    return {r.rule: r for r in results}


@pytest.mark.parametrize("group", GROUPS)
def test_the_honest_parent_passes_every_rule(group: str) -> None:
    members = tuple(r for r in rules().values() if r.group == group)
    results = judged("poolproof.saboteurs.honest:subject", (SEARCHING, members))
    broken = {r.rule: r.message for r in results.values() if r.outcome not in _FINE}
    assert not broken


@pytest.mark.parametrize("saboteur", saboteurs(), ids=lambda s: s.name)
def test_a_saboteur_breaks_its_rule_and_no_other_of_the_group(saboteur: Saboteur) -> None:
    broken_rule = find(saboteur.rule)
    rest = tuple(r for r in group_of(saboteur.rule) if r is not broken_rule)
    name = f"poolproof.saboteurs:{saboteur.name.replace('-', '_')}"
    results = judged(name, (SEARCHING, (broken_rule,)), (GLANCING, rest))
    caught = results[saboteur.rule]
    assert caught.outcome is saboteur.outcome, caught.message
    assert saboteur.says in caught.message
    others = {r.rule: r.message for r in results.values() if r.rule != saboteur.rule}
    broken = {r: m for r, m in others.items() if results[r].outcome not in _FINE}
    assert not broken, f"{saboteur.fault} broke other rules too"


def test_every_rule_has_a_saboteur() -> None:
    assert {s.rule for s in saboteurs()} == set(rules())


_FINE = {Outcome.PASS, *NOT_JUDGED}
