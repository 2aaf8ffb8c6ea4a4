"""Keeps plans on disk: the one at hand before it meets the pool, and each that failed.

Guarantees:
    - Whatever dies while a plan runs (the stage, the keeper, the machine), `running.json` names it.
    - `failures/` has the last failure of each rule, pool and start method, and none that passed.
Assumes:
    - One run at a time writes into the folder.
"""

from __future__ import annotations

import contextlib
import platform
from dataclasses import dataclass, field
from pathlib import Path

from poolproof import case
from poolproof.case import Case
from poolproof.environment import run_info
from poolproof.plan import Plan

RUNNING = "running.json"
FAILURES = "failures"


def versions() -> dict[str, str]:
    """What a verdict may depend on."""
    info = run_info()
    system = f"{info.os} {info.os_version} {info.arch} {info.emulation}".strip()
    own = {"python": platform.python_version(), "system": system, "poolproof": info.suite_version}
    return own | info.packages


@dataclass(frozen=True)
class Archive:
    """The case files in one folder, which is made when it is first needed."""

    folder: Path
    seed: int
    versions: dict[str, str] = field(default_factory=versions)

    @property
    def running(self) -> Path:
        """Where the plan at hand is."""
        return self.folder / RUNNING

    def blank(self, rule: str, pool: str, start_method: str, plan: Plan) -> Case:
        """The case of a plan that has not run."""
        return Case(case.SCHEMA, rule, pool, start_method, plan, (), self.seed, self.versions)

    def begin(self, at_hand: Case) -> None:
        """Note the plan that is about to run."""
        self.folder.mkdir(parents=True, exist_ok=True)
        case.save_to_disk(at_hand, self.running)

    def end(self) -> None:
        """It came to its end, well or not."""
        self.running.unlink(missing_ok=True)

    def keep(self, failure: Case) -> Path:
        """Keep what failed; it takes the place of an earlier one."""
        path = self._path(failure.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        case.save(failure, path)
        return path

    def forget(self, rule: str, pool: str, start_method: str) -> None:
        """The rule was judged again and has not failed: an old file would accuse it wrongly."""
        path = self._path(case.file_name(rule, pool, start_method))
        path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # it is not there, or holds others
            path.parent.rmdir()

    def _path(self, name: str) -> Path:
        return self.folder / FAILURES / f"{name}.json"
