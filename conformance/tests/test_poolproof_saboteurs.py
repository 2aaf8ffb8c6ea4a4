"""The suite is feared by wrong pools and trusted by right ones: every saboteur, for real."""

from __future__ import annotations

import sys
from importlib.util import find_spec

import pytest
from poolproof.catalogue import GROUPS, rules
from poolproof.drivers import capabilities as can
from poolproof.fates import Fate
from poolproof.sabotage import try_honest, try_saboteur
from poolproof.saboteurs import saboteurs
from poolproof.saboteurs.record import Saboteur

# Here every rule can be judged, so no saboteur may get away unjudged.
JUDGES_ALL = sys.platform == "linux" and find_spec("torch") is not None


@pytest.mark.parametrize("group", GROUPS)
def test_the_honest_parent_passes_every_rule(group: str) -> None:
    broken = try_honest(tuple(r for r in rules().values() if r.group == group))
    assert not broken


ALWAYS = [saboteur for saboteur in saboteurs() if saboteur.rate == 1.0]


# How likely those are found that err by chance, `tox -e detection` measures.
@pytest.mark.parametrize("saboteur", ALWAYS, ids=lambda s: s.name)
def test_a_saboteur_breaks_its_rule_and_no_prerequisite(saboteur: Saboteur) -> None:
    """`tox -e saboteurs` shows that it passes the rest of its group too."""
    fared = try_saboteur(saboteur)
    needs_device = can.CUDA in rules()[saboteur.rule].needs  # rehearsed in test_poolproof_cuda
    if fared.fate is Fate.NOT_JUDGED and (needs_device or not JUDGES_ALL):
        pytest.skip(fared.message)
    assert fared.fate is Fate.CAUGHT, f"{fared.outcome}: {fared.message} {fared.broke_more}"


def test_every_rule_has_a_saboteur() -> None:
    assert {s.rule for s in ALWAYS} == set(rules())


def test_every_saboteur_has_a_name_of_its_own() -> None:
    names = [s.name.replace("-", "_") for s in saboteurs()]
    assert len(set(names)) == len(names)
