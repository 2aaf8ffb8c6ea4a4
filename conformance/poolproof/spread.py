"""A round of a run over the machines of a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from poolproof_reports.results import SubjectResult

from poolproof.archive import Archive
from poolproof.catalogue import find
from poolproof.engine import Listener, Progress
from poolproof.parts import Judged, Part, keep
from poolproof.profiles import Profile
from poolproof.rounds import gathered
from poolproof.rule import Rule
from poolproof.schedule import Schedule
from poolproof.target import Target


class ClusterLost(Exception):
    """The cluster cannot judge any more; the message says why."""


class Cluster(Protocol):
    """Machines that judge parts."""

    def is_busy(self) -> bool:
        """Is any part under way?"""

    def room(self) -> int:
        """How many parts more would begin at once."""

    def begin(self, part: Part) -> None:
        """Have it judged somewhere."""

    def ended(self) -> Iterator[Judged]:
        """Wait until some parts have ended, or a while.

        Raises:
            ClusterLost: a part failed on its machine, or no machine is left.
        """


@dataclass
class SpreadRound:
    """Has every wanted rule judged wherever there is room; what is finished can be read always.

    Attributes:
        known: what earlier rounds said.
        profile: what a part that begins now may take.
        archive: of the failing plans of a pool.
        database: of failing plans, which those found elsewhere are added to.
        left_s: seconds until no further part is begun.
    """

    cluster: Cluster
    wanted: Mapping[Target, Sequence[Rule]]
    known: Mapping[Target, SubjectResult]
    profile: Callable[[], Profile]
    seed: int
    archive: Callable[[Target], Archive]
    database: Path
    left_s: Callable[[], float]
    _ended: dict[Target, list[SubjectResult]] = field(default_factory=dict)

    def judge(self, listen: Listener) -> None:
        """Judge all, or what there is time for.

        Raises:
            KeyboardInterrupt: as it came; `results` has what was finished.
        """
        known = {t: {r.rule: r.outcome for r in s.rules} for t, s in self.known.items()}
        schedule = Schedule(self.wanted, known)
        self._begin(schedule)
        while self.cluster.is_busy():
            for judged in self.cluster.ended():
                self._keep(judged)
                (result,) = judged.result.rules
                schedule.ended(judged.target, result.rule, result.outcome)
                listen(self._progress(judged))
            self._begin(schedule)

    def results(self) -> dict[Target, SubjectResult]:
        """What is finished."""
        return {t: gathered(parts, self.wanted[t]) for t, parts in self._ended.items()}

    def _begin(self, schedule: Schedule) -> None:
        while self.cluster.room() > 0 and self.left_s() > 0:
            due = schedule.next()
            if due is None:
                return
            target, rule, before = due
            versions = self.archive(target).versions
            self.cluster.begin(Part(target, rule.id, self.profile(), self.seed, before, versions))

    def _keep(self, judged: Judged) -> None:
        self._ended.setdefault(judged.target, []).append(judged.result)
        archive = self.archive(judged.target)
        for failure in judged.failures:
            archive.keep(failure)
        keep(judged.examples, self.database)

    def _progress(self, judged: Judged) -> Progress:
        (result,) = judged.result.rules
        return Progress(
            pool=judged.result.pool,
            start_method=judged.result.start_method,
            rule=find(result.rule),
            number=len(self._ended[judged.target]),
            of=len(self.wanted[judged.target]),
            result=result,
        )
