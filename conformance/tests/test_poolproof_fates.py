"""How a saboteur fared is told apart, and a measured rate is not overstated."""

from __future__ import annotations

from fractions import Fraction
from math import comb, isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st
from poolproof.catalogue import find
from poolproof.chance import at_least, lower_bound
from poolproof.fates import Fate, fared, rules_for
from poolproof.saboteurs import saboteurs
from poolproof.saboteurs.honest import subject
from poolproof.saboteurs.record import Saboteur
from poolproof_reports.results import Level, Outcome, RuleResult

# Hypothesis' own deadline counts the time of other programs too; an example takes 5 ms of one core.

LIAR = Saboteur(name="liar", fault="It lies.", rule="RES-02", says="a lie", subject=subject)
HANGS = Saboteur(
    name="mute", fault="It hangs.", rule="RES-02", says="", subject=subject, outcome=Outcome.TIMEOUT
)


def result(rule: str, outcome: Outcome, message: str = "") -> RuleResult:
    return RuleResult(
        rule=rule,
        title="",
        group=rule.partition("-")[0],
        level=Level.MUST,
        stochastic=False,
        source="",
        outcome=outcome,
        message=message,
        duration_s=1.5,
    )


@pytest.mark.parametrize(
    ("saboteur", "own", "other", "fate"),
    [
        (LIAR, (Outcome.FAIL, "this is a lie!"), Outcome.PASS, Fate.CAUGHT),
        (LIAR, (Outcome.FAIL, "this is a lie!"), Outcome.NOTRUN, Fate.CAUGHT),
        (LIAR, (Outcome.FAIL, "something else"), Outcome.PASS, Fate.WRONG_MESSAGE),
        (LIAR, (Outcome.TIMEOUT, "a lie"), Outcome.PASS, Fate.WRONG_OUTCOME),
        (LIAR, (Outcome.UNKNOWN, "a lie"), Outcome.PASS, Fate.WRONG_OUTCOME),
        (LIAR, (Outcome.PASS, ""), Outcome.PASS, Fate.SURVIVED),
        (LIAR, (Outcome.SKIP, "needs a lie"), Outcome.PASS, Fate.NOT_JUDGED),
        (LIAR, (Outcome.FAIL, "a lie"), Outcome.FAIL, Fate.BROKE_MORE),
        (LIAR, (Outcome.NOTRUN, "RES-01 broke"), Outcome.TIMEOUT, Fate.BROKE_MORE),
        (HANGS, (Outcome.TIMEOUT, "hangs"), Outcome.PASS, Fate.CAUGHT),
        (HANGS, (Outcome.FAIL, "hangs"), Outcome.PASS, Fate.WRONG_OUTCOME),
    ],
)
def test_only_the_right_rule_with_the_right_message_catches(
    saboteur: Saboteur, own: tuple[Outcome, str], other: Outcome, fate: Fate
) -> None:
    results = {"RES-01": result("RES-01", other, "oh"), "RES-02": result("RES-02", *own)}
    found = fared(saboteur, results)
    assert (found.fate, found.outcome, found.message) == (fate, *own)
    assert found.broke_more == ({"RES-01": f"{other.value}: oh"} if fate is Fate.BROKE_MORE else {})
    assert (found.saboteur, found.duration_s) == (saboteur, 3.0)


def test_a_saboteur_meets_its_rule_after_all_that_this_rests_on() -> None:
    for saboteur in saboteurs():
        met = [rule.id for rule in rules_for([saboteur])]
        assert saboteur.rule in met
        assert all(met.index(name) < met.index(r) for r in met for name in find(r).after)
        whole = [rule.id for rule in rules_for([saboteur], whole_group=True)]
        assert set(met) <= set(whole)
    assert {r.group for r in rules_for([LIAR], whole_group=True)} == {"RES"}
    assert len(rules_for([LIAR])) < len(rules_for([LIAR], whole_group=True))


@pytest.mark.parametrize("tries", [1, 20, 50])
def test_a_rate_seen_always_is_bounded_by_hand(tries: int) -> None:
    assert isclose(lower_bound(tries, tries), 0.05 ** (1 / tries), rel_tol=1e-9)
    assert lower_bound(0, tries) == 0.0


@given(st.integers(1, 40).flatmap(lambda n: st.tuples(st.integers(1, n), st.just(n))))
def test_at_the_bound_so_many_hits_are_just_so_unlikely(seen: tuple[int, int]) -> None:
    assert isclose(_tail(*seen, Fraction(lower_bound(*seen))), 0.05, rel_tol=1e-9)
    assert isclose(_tail(*seen, Fraction(lower_bound(*seen, confidence=0.5))), 0.5, rel_tol=1e-9)


@given(st.integers(1, 60), st.integers(0, 60), st.integers(1, 99))
def test_a_binomial_tail_is_exact(tries: int, hits: int, percent: int) -> None:
    exact = _tail(hits, tries, Fraction(percent, 100))
    assert isclose(at_least(hits, tries, percent / 100), exact, rel_tol=1e-9)


def _tail(hits: int, tries: int, rate: Fraction) -> float:
    """With integers over one denominator: each sum of fractions would be reduced."""
    hit, whole = rate.numerator, rate.denominator
    chances = (
        comb(tries, n) * hit**n * (whole - hit) ** (tries - n) for n in range(hits, tries + 1)
    )
    return float(Fraction(sum(chances), whole**tries))


@pytest.mark.parametrize(("hits", "tries"), [(0, 0), (-1, 3), (4, 3)])
def test_a_bound_on_nothing_is_refused(hits: int, tries: int) -> None:
    with pytest.raises(ValueError, match=f"{hits} of {tries}"):
        lower_bound(hits, tries)
