"""As many results as a year of nightly runs would leave: cells by pools by rules."""

from __future__ import annotations

from dataclasses import replace

from poolproof_reports.results import Outcome, RuleResult
from poolproof_reports.site.collection import Run
from reports_samples import HANG, result, rule, subject

GROUPS = ("RES", "DATA", "RACE", "FAULT", "LIFE")
WHY = "did not settle within 10 s of the death of worker"


def many(cells: int, rules: int, pools: int) -> list[Run]:
    """`cells` runs of `pools` pools; one verdict of 11 is broken, some with a counterexample."""
    names = [f"{GROUPS[n * len(GROUPS) // rules]}-{n:03}" for n in range(rules)]
    return [_run(cell, names, pools) for cell in range(cells)]


def _run(cell: int, names: list[str], pools: int) -> Run:
    subjects = [
        subject(f"pool-{pool}", "spawn", *(_rule(name, cell, pool) for name in names))
        for pool in range(pools)
    ]
    return Run(f"cell-{cell}", result(*subjects))


def _rule(name: str, cell: int, pool: int) -> RuleResult:
    number = int(name.partition("-")[2])
    if (number + cell + 3 * pool) % 11:
        return rule(name)
    evidence = replace(HANG, message=f"{WHY} {cell}") if cell < 5 else None
    return rule(name, Outcome.TIMEOUT, message=f"{WHY} {cell}", counterexample=evidence)
