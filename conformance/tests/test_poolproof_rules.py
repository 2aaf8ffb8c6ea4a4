"""Every rule judges histories written by hand rightly, and no plan or history upsets it.

The histories stand in `poolproof_cases_*.py`, a module a group: `PLANS` has a plan for each rule,
`CASES` rows of (rule, verdict, part of the message, events).
"""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from poolproof.catalogue import GROUPS, find, rules
from poolproof.history import Event, History
from poolproof.plan import canonical
from poolproof.rule import Rule
from poolproof.verdict import Verdict
from poolproof_literal_histories import history

MODULES = [import_module(f"poolproof_cases_{group.lower()}") for group in GROUPS]
CASES = [case for module in MODULES for case in module.CASES]
PLANS: dict[str, Any] = {rule: plan for module in MODULES for rule, plan in module.PLANS.items()}
each_rule = pytest.mark.parametrize("rule", rules().values(), ids=lambda rule: rule.id)


@pytest.mark.parametrize(("rule", "verdict", "says", "events"), CASES)
def test_a_history_gets_its_verdict(
    rule: str, verdict: Verdict, says: str, events: tuple[Event, ...]
) -> None:
    judged = find(rule).check(PLANS[rule], history(*events))
    assert (judged.verdict, says in judged.message) == (verdict, True), judged.message


@each_rule
def test_each_rule_was_shown_a_right_and_a_wrong_history(rule: Rule) -> None:
    shown = {verdict for name, verdict, *_ in CASES if name == rule.id}
    assert shown >= {Verdict.PASS, Verdict.FAIL}


@each_rule
@settings(max_examples=30, suppress_health_check=list(HealthCheck), database=None)
@given(data=st.data())
def test_plans_are_json_and_a_history_in_which_nothing_happened_is_unknown(
    rule: Rule, data: Any
) -> None:
    if rule.id == "DATA-13":
        pytest.importorskip("torch")  # its dtypes are those of the installed torch
    plan = data.draw(rule.plans())
    assert canonical(plan)
    assert rule.check(plan, History()).verdict is Verdict.UNKNOWN


def test_rules_import_neither_torch_nor_hypothesis() -> None:
    """The stage imports all of them before it opens a pool."""
    code = (
        "import sys; from poolproof.catalogue import rules; rules()\n"
        "print({'torch', 'hypothesis'} & set(sys.modules) or '{}')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "{}", done.stdout + done.stderr
