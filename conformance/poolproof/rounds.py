"""Several rounds over the same rules, read as one run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from poolproof_reports.results import Outcome, RuleResult, SubjectResult

from poolproof.profiles import Profile
from poolproof.rule import Rule

_GOES_ON = frozenset({Outcome.PASS, Outcome.UNKNOWN})


def budget(profile: Profile, number: int, left_s: float) -> Profile:
    """The profile of the round of this number, counted from 0, that may take `left_s` seconds."""
    growth = (profile.growth or 1.0) ** number
    return replace(
        profile, rule_s=profile.rule_s * growth, subject_s=min(profile.subject_s, left_s)
    )


def worth_another_round(rules: Sequence[Rule], known: SubjectResult | None) -> tuple[Rule, ...]:
    """Those that more plans may still break; what has failed, or cannot be judged, stands."""
    outcomes = {r.rule: r.outcome for r in known.rules} if known else {}
    return tuple(r for r in rules if outcomes.get(r.id, Outcome.PASS) in _GOES_ON)


def gathered(parts: Sequence[SubjectResult], rules: Sequence[Rule]) -> SubjectResult:
    """Results of some of the rules, judged apart from each other, as one round over all."""
    order = {rule.id: number for number, rule in enumerate(rules)}
    results = sorted((r for part in parts for r in part.rules), key=lambda r: order[r.rule])
    return replace(
        parts[0],
        note=next((part.note for part in parts if part.note), ""),
        duration_s=sum(part.duration_s for part in parts),
        complete=len(results) == len(rules),
        rules=tuple(results),
    )


def merged(earlier: SubjectResult | None, later: SubjectResult) -> SubjectResult:
    """Both rounds as one: the later outcome, the sum of what was tried."""
    if earlier is None:
        return later
    news = {result.rule: result for result in later.rules}
    return replace(
        earlier,
        note=earlier.note or later.note,
        duration_s=earlier.duration_s + later.duration_s,
        rules=tuple(_merged(old, news.get(old.rule)) for old in earlier.rules),
    )


def _merged(old: RuleResult, new: RuleResult | None) -> RuleResult:
    if new is None or new.outcome is Outcome.NOTRUN:  # there was no time for it: it stands
        return old
    if old.outcome is Outcome.PASS and new.outcome is Outcome.UNKNOWN:
        new = replace(new, outcome=old.outcome, message=old.message)
    return replace(
        new,
        plans=old.plans + new.plans,
        runs=old.runs + new.runs,
        duration_s=old.duration_s + new.duration_s,
    )
