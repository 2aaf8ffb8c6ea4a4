"""A `poolproof run` as it grows, so that a Ctrl-C loses nothing that was finished."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

from poolproof_reports.results import SCHEMA, ResultFile, SubjectResult

from poolproof.archive import Archive, versions
from poolproof.cli.request import Request
from poolproof.engine import Listener, SubjectRun
from poolproof.environment import run_info
from poolproof.rounds import budget, merged, worth_another_round
from poolproof.rule import Rule
from poolproof.search import default_database
from poolproof.spread import Cluster, SpreadRound
from poolproof.stage.keeper import Keeper
from poolproof.target import Target

Show = Callable[[int], AbstractContextManager[Listener]]  # of so many rules to come


@dataclass
class Record:
    """What is known until now.

    Attributes:
        database: of failing plans; None: what the profile says.
        junit: where to write the result as JUnit XML too.
        for_s: seconds after which a profile of many rounds ends.
        cluster: the machines to judge on; None: this one.
    """

    request: Request
    database: Path | None = None
    junit: Path | None = None
    for_s: float = float("inf")
    cluster: Cluster | None = None
    interruption: str = ""
    rounds: int = 0  # finished ones
    _subjects: dict[Target, SubjectResult] = field(default_factory=dict)
    _began: datetime = field(default_factory=lambda: datetime.now(timezone.utc))
    _clock: float = field(default_factory=time.monotonic)

    def judge(self, show: Show, round_done: Callable[[], None]) -> None:
        """Judge all rounds: one, or as many as there is time for.

        Raises:
            KeyboardInterrupt: as it came; `result` has what was finished.
        """
        while self._left_s() > 0:
            rules = {t: self._rules(t) for t in self.request.targets}
            if not any(rules.values()):
                return
            with show(sum(map(len, rules.values()))) as listener:
                if self.cluster is not None:
                    self._spread(self.cluster, rules, listener)
                else:
                    for target in self.request.targets:
                        self._judge(target, listener)
            self.rounds += 1
            round_done()
            if self.request.profile.growth is None:
                return

    def _rules(self, target: Target) -> tuple[Rule, ...]:
        return worth_another_round(self.request.rules, self._subjects.get(target))

    def _judge(self, target: Target, listener: Listener) -> None:
        rules = self._rules(target)
        if not rules:
            return
        with Keeper(target.pool, target.start_method) as keeper:
            run = SubjectRun(
                keeper=keeper,
                description=target.description,
                profile=budget(self.request.profile, self.rounds, self._left_s()),
                seed=self.request.seed + self.rounds,
                rules=rules,
                listen=listener,
                archive=self._archive(target),
                database=self.database,
                known=target.known,
            )
            try:
                run.judge()
            finally:
                self._subjects[target] = merged(self._subjects.get(target), run.result())

    def _spread(
        self, cluster: Cluster, rules: dict[Target, tuple[Rule, ...]], listener: Listener
    ) -> None:
        spread = SpreadRound(
            cluster=cluster,
            wanted=rules,
            known=self._subjects,
            profile=lambda: budget(self.request.profile, self.rounds, self._left_s()),
            seed=self.request.seed + self.rounds,
            archive=self._archive,
            database=self.database or default_database(),
            left_s=self._left_s,
        )
        try:
            spread.judge(listener)
        finally:
            for target, result in spread.results().items():
                self._subjects[target] = merged(self._subjects.get(target), result)

    def _archive(self, target: Target) -> Archive:
        described = target.description
        known = {described.name: described.version} if described.version else {}
        return Archive(self.request.out, self.request.seed, versions() | known)

    def _left_s(self) -> float:
        return self.for_s - (time.monotonic() - self._clock)

    def result(self) -> ResultFile:
        """All of it as a result file."""
        return ResultFile(
            schema=SCHEMA,
            run_info=run_info(),
            profile=self.request.profile.name,
            seed=self.request.seed,
            command=("poolproof", *sys.argv[1:]),
            started=self._began.isoformat(timespec="seconds"),
            duration_s=time.monotonic() - self._clock,
            complete=not self.interruption,
            interruption=self.interruption,
            subjects=tuple(self._subjects.values()),
        )
