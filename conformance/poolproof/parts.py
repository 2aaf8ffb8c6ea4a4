"""A round of a run in parts that can be judged anywhere: one rule on one pool each.

Guarantees:
    - No rule is judged before those that must hold for it.
    - A part leaves nothing on the machine that judged it; what it found comes back with it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from poolproof_reports.results import Outcome, SubjectResult

from poolproof import case
from poolproof.archive import FAILURES, Archive, versions
from poolproof.case import Case
from poolproof.catalogue import find
from poolproof.cli.request import Target
from poolproof.engine import SubjectRun
from poolproof.profiles import Profile
from poolproof.rule import Rule
from poolproof.stage.keeper import Keeper

_EXAMPLES = "examples"


class Different(Exception):
    """The machine that was to judge a part has other software; the message says which."""


@dataclass(frozen=True)
class Part:
    """One rule to judge on one pool.

    Attributes:
        before: outcomes of rules that must hold for it.
        versions: of the software that the verdict may depend on, where the run was asked for.
    """

    target: Target
    rule: str
    profile: Profile
    seed: int
    before: Mapping[str, Outcome]
    versions: Mapping[str, str]


@dataclass(frozen=True)
class Judged:
    """What came of a part.

    Attributes:
        result: of the one rule.
        failures: the case file, if it failed.
        examples: file name -> content, of a Hypothesis database to be copied into others.
    """

    target: Target
    result: SubjectResult
    failures: tuple[Case, ...]
    examples: Mapping[str, bytes]


def judge(part: Part) -> Judged:
    """Judge it here.

    Raises:
        Different: by what is installed here this would be a part of another run.
    """
    _check(part.versions)
    target = part.target
    with tempfile.TemporaryDirectory(prefix="poolproof-part-") as name:
        folder = Path(name)
        with Keeper(target.pool, target.start_method) as keeper:
            run = SubjectRun(
                keeper=keeper,
                description=target.description,
                profile=part.profile,
                seed=part.seed,
                rules=(find(part.rule),),
                archive=Archive(folder, part.seed, dict(part.versions)),
                database=folder / _EXAMPLES,
                known=target.known,
                before=part.before,
            )
            run.judge()
        failures = tuple(case.load(path) for path in sorted((folder / FAILURES).glob("*.json")))
        return Judged(target, run.result(), failures, dict(_files(folder / _EXAMPLES)))


def keep(examples: Mapping[str, bytes], database: Path) -> None:
    """Copy what a part found into a database of this machine."""
    for name, content in examples.items():
        path = database / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _check(wanted: Mapping[str, str]) -> None:
    here = versions()
    # The kernel may differ from machine to machine of one cluster.
    names = [name for name in here if name != "system" and here[name] != wanted.get(name)]
    if names:
        told = ", ".join(f"{n} {here[n]} (asked for: {wanted.get(n, 'none')})" for n in names)
        raise Different(f"install the same software on all machines; one has {told}")


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path.read_bytes()


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

    _begun: set[tuple[Target, str]] = field(init=False, default_factory=set)
