"""How much a run tries: three named budgets."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Profile:
    """Budgets for one pool and start method.

    Attributes:
        plans: at most so many distinct plans a rule.
        rule_s: seconds after which a rule draws no further plan, once it has its least number;
            less where an even share of what is left for the rules to come is less.
        shrink_s: seconds for finding a smaller plan that fails too.
        subject_s: seconds after which no further rule is begun; what failures cost (the deadline
            of a hang, the search for a smaller plan) comes on top.
        database: keep failing plans between runs, and try those first.
        growth: rounds over all rules until told to stop, each that many times as long a rule as the
            one before; None is one round.
        seed: of the plans; None draws another one for every run.
    """

    name: str
    purpose: str
    plans: int
    rule_s: float
    shrink_s: float
    subject_s: float
    database: bool
    seed: int | None
    growth: float | None = None


PROFILES = {
    p.name: p
    for p in (
        Profile(
            name="quick",
            purpose="the same plans every time; at most 3 minutes a right pool and start method",
            plans=20,
            rule_s=3.0,
            shrink_s=5.0,
            subject_s=165.0,
            database=False,
            seed=0,
        ),
        Profile(
            name="full",
            purpose="new plans every time; at most 20 minutes a right pool and start method",
            plans=200,
            rule_s=25.0,
            shrink_s=30.0,
            subject_s=1170.0,
            database=True,
            seed=None,
        ),
        Profile(
            name="deep",
            purpose="rounds over all rules, each twice as long, until --for or Ctrl-C ends them",
            plans=1_000_000,
            rule_s=10.0,
            shrink_s=60.0,
            subject_s=float("inf"),
            database=True,
            seed=None,
            growth=2.0,
        ),
    )
}
