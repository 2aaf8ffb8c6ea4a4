"""The suite is feared by wrong pools and trusted by right ones: every saboteur, for real."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest
from poolproof.catalogue import GROUPS, find, rules
from poolproof.engine import SubjectRun
from poolproof.profiles import PROFILES
from poolproof.rule import Rule
from poolproof.saboteurs import saboteurs
from poolproof.saboteurs.record import Saboteur
from poolproof.stage.keeper import Keeper
from poolproof_reports.results import NOT_JUDGED, Outcome, RuleResult

# A count of plans and no time, so that the same plans run on a slow machine and on a fast one.
NO_LIMIT = float("inf")
SEARCHING = replace(PROFILES["quick"], rule_s=NO_LIMIT, shrink_s=0.0, subject_s=NO_LIMIT)
START_METHOD = "forkless" if sys.platform == "win32" else "fork"


def with_prerequisites(rule: Rule) -> tuple[Rule, ...]:
    earlier = [r for name in rule.after for r in with_prerequisites(find(name))]
    return tuple(dict.fromkeys([*earlier, rule]))


def judged(pool: str, members: tuple[Rule, ...]) -> dict[str, RuleResult]:
    with Keeper(pool, START_METHOD) as keeper:
        run = SubjectRun(keeper, keeper.describe(), SEARCHING, 0, members)
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
def test_a_saboteur_breaks_its_rule_and_no_prerequisite(saboteur: Saboteur) -> None:
    """`tox -e saboteurs` shows that it passes the rest of its group too."""
    name = f"poolproof.saboteurs:{saboteur.name.replace('-', '_')}"
    results = judged(name, with_prerequisites(find(saboteur.rule)))
    caught = results.pop(saboteur.rule)
    assert caught.outcome is saboteur.outcome, caught.message
    assert saboteur.says in caught.message
    broken = {r.rule: r.message for r in results.values() if r.outcome not in _FINE}
    assert not broken, f"{saboteur.fault} broke other rules too"


def test_every_rule_has_a_saboteur() -> None:
    assert {s.rule for s in saboteurs()} == set(rules())


_FINE = {Outcome.PASS, *NOT_JUDGED}
