"""A program of its own that uses the pool under test: for rules on how programs end, or are killed.

Children of the pool import this module again, as their main module: keep it light.

Guarantees:
    - The program is dead when the `with` block of `run` is left.
    - What it started is a descendant of the stage, which the keeper ends with the stage.
Assumes:
    - The stage's descriptors 1 and 2 are its log, where the program prints unless told otherwise.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from poolproof.plan import Plan


@dataclass(frozen=True, slots=True)
class Errand:
    """What a program is to do.

    Attributes:
        target: "package.module:function", called as `function(plan, stage)` with a stage like the
            caller's: the same pool, start method and journal folder.
    """

    target: str
    plan: Plan
    pool: str
    start_method: str
    capabilities: tuple[str, ...]
    folder: str


@contextmanager
def run(errand: Errand, **options: Any) -> Iterator[subprocess.Popen[str]]:
    """The running program, killed at the end unless it has ended; `options` are Popen's."""
    command = [sys.executable, "-m", __name__, json.dumps(asdict(errand))]
    with subprocess.Popen(command, **{"stdin": subprocess.DEVNULL, "text": True, **options}) as it:
        try:
            yield it
        finally:
            it.kill()


def main() -> None:
    """Do the errand."""
    from poolproof import journal
    from poolproof.drivers.resolve import resolve
    from poolproof.stage.api import Stage

    errand = Errand(**json.loads(sys.argv[1]))
    module, _, name = errand.target.partition(":")
    target = getattr(__import__(module, fromlist=[name]), name)
    capabilities = frozenset(errand.capabilities)
    subject = resolve(errand.pool)
    target(
        errand.plan,
        Stage(subject, errand.start_method, capabilities, errand.folder, errand.pool),
    )
    journal.release()


if __name__ == "__main__":
    main()
