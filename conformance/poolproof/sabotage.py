"""Lets the suite judge pools that are wrong on purpose, to see whether it can be trusted."""

from __future__ import annotations

import sys
from dataclasses import replace

from poolproof_reports.results import RuleResult

from poolproof.catalogue import find
from poolproof.drivers import capabilities as can
from poolproof.engine import SubjectRun
from poolproof.fates import Fared, broken, fared, rules_for
from poolproof.profiles import PROFILES
from poolproof.rule import Rule
from poolproof.saboteurs.record import Saboteur
from poolproof.stage.keeper import Keeper

HONEST = "poolproof.saboteurs.honest:subject"
START_METHOD = "forkless" if sys.platform == "win32" else "fork"
AFRESH = "forkless"  # CUDA does not survive a fork
# As many plans as quick draws at most, and no time, so that a slow machine runs the same ones.
SEARCHING = replace(PROFILES["quick"], rule_s=float("inf"), shrink_s=0.0, subject_s=float("inf"))


def try_saboteur(saboteur: Saboteur, *, whole_group: bool = False, seed: int = 0) -> Fared:
    """Judge it by its rule and those that must hold for it, or by the whole group.

    Raises:
        Refused: it does not open.
    """
    members = rules_for([saboteur], whole_group=whole_group and saboteur.rate == 1.0)
    name = f"poolproof.saboteurs:{saboteur.name.replace('-', '_')}"
    on_device = can.CUDA in find(saboteur.rule).needs
    start_method = AFRESH if on_device else START_METHOD
    return fared(saboteur, judged(name, members, seed, start_method))


def try_honest(members: tuple[Rule, ...]) -> dict[str, str]:
    """The rules that the honest parent breaks, with messages: none, if all is well."""
    return broken(judged(HONEST, members, 0).values())


def judged(
    pool: str, members: tuple[Rule, ...], seed: int, start_method: str = START_METHOD
) -> dict[str, RuleResult]:
    """The results by rule id.

    Raises:
        Refused: the pool does not open.
    """
    with Keeper(pool, start_method) as keeper:
        run = SubjectRun(keeper, keeper.describe(), SEARCHING, seed, members)
        run.judge()
    return {r.rule: r for r in run.results}
