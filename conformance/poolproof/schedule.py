"""The order of a round whose rules are judged beside each other.

Guarantees:
    - No rule is judged before those that must hold for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from poolproof_reports.results import Outcome

from poolproof.rule import Rule
from poolproof.target import Target


@dataclass
class Schedule:
    """The order of a round: what may be judged now, given what has been.

    Attributes:
        wanted: the rules to judge.
        known: outcomes of earlier rounds, by rule id.
    """

    wanted: Mapping[Target, Sequence[Rule]]
    known: Mapping[Target, Mapping[str, Outcome]]
    _waiting: list[tuple[Target, Rule]] = field(init=False)
    _begun: set[tuple[Target, str]] = field(init=False, default_factory=set)
    _outcomes: dict[Target, dict[str, Outcome]] = field(init=False)

    def __post_init__(self) -> None:
        self._waiting = [(target, rule) for target, rules in self.wanted.items() for rule in rules]
        self._outcomes = {target: dict(self.known.get(target, {})) for target in self.wanted}
        for target, rule in self._waiting:  # what is judged again counts when it has been
            self._outcomes[target].pop(rule.id, None)

    def next(self) -> tuple[Target, Rule, Mapping[str, Outcome]] | None:
        """One that may begin, with the outcomes of those it comes after; None: none may now."""
        open_ = {(target, rule.id) for target, rule in self._waiting} | self._begun
        for target, rule in self._waiting:
            if not any((target, earlier) in open_ for earlier in rule.after):
                self._waiting.remove((target, rule))
                self._begun.add((target, rule.id))
                known = self._outcomes[target]
                return target, rule, {e: known[e] for e in rule.after if e in known}
        return None

    def ended(self, target: Target, rule: str, outcome: Outcome) -> None:
        """It was judged."""
        self._begun.discard((target, rule))
        self._outcomes[target][rule] = outcome
