"""A part of a run that can be judged anywhere: one rule on one pool.

Guarantees:
    - A part leaves nothing on the machine that judged it; what it found comes back with it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from poolproof_reports.results import Outcome, SubjectResult

from poolproof import case
from poolproof.archive import FAILURES, Archive, versions
from poolproof.case import Case
from poolproof.catalogue import find
from poolproof.engine import SubjectRun
from poolproof.profiles import Profile
from poolproof.stage.keeper import Keeper
from poolproof.target import Target

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
