"""What an emulation cannot judge is listed with its reason, and judged everywhere else."""

from __future__ import annotations

import sys
from fnmatch import fnmatchcase

import poolproof_selftest_rules as own
import pytest
from poolproof import emulation
from poolproof.catalogue import rules
from poolproof.emulation import NotJudged, not_judged, why_not_judged
from poolproof.engine import SubjectRun
from poolproof.profiles import PROFILES
from poolproof.stage.keeper import Keeper
from poolproof_reports.results import Outcome

pytestmark = pytest.mark.usefixtures("_stage_finds_test_modules")


@pytest.fixture
def _listed(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = NotJudged("*:HOLDS", "wine-*", "there is no console", "https://example.org")
    monkeypatch.setattr(emulation, "not_judged", lambda: (entry,))


def test_the_list_names_rules_that_there_are_and_says_why() -> None:
    for entry in not_judged():
        assert any(fnmatchcase(rule, entry.rule) for rule in rules())
        assert entry.reason
        assert entry.link.startswith("https://")


@pytest.mark.usefixtures("_listed")
def test_a_listed_rule_is_not_run_there_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emulation, "emulation", lambda: "wine-8.0")
    with Keeper("threads", "threads") as keeper:
        chosen = (own.HOLDS, own.HAS_ONE_PLAN_AND_SAYS_SO)
        run = SubjectRun(keeper, keeper.describe(), PROFILES["quick"], 0, chosen)
        run.judge()
        listed, other = run.results
    assert listed.outcome is Outcome.NOTRUN
    assert listed.message == ("wine-8.0 cannot judge it: there is no console (https://example.org)")
    assert other.outcome is Outcome.PASS


@pytest.mark.usefixtures("_listed")
@pytest.mark.parametrize("here", ["", "qemu-9"])
def test_it_is_judged_everywhere_else(here: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emulation, "emulation", lambda: here)
    assert why_not_judged(own.HOLDS.id) == ""


@pytest.mark.skipif(sys.platform == "win32", reason="these tests run under Wine too")
def test_this_is_a_real_system() -> None:
    assert emulation.emulation() == ""
