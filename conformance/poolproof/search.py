"""Hypothesis at work: draws plans until one fails, and makes that one small."""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from poolproof.case import file_name
from poolproof.trial import Enough, Trial

if TYPE_CHECKING:
    from hypothesis import Phase
    from hypothesis.database import ExampleDatabase

_KEY = b"plans"  # of a database that knows one rule, pool and start method


def default_database() -> Path:
    """The folder of failing plans from earlier runs by this user."""
    from platformdirs import user_cache_path

    return user_cache_path("poolproof") / "examples"


def search(trial: Trial, seed: int, database: Path | None = None) -> None:
    """Draw plans and try them until one fails (and is small), or the budget is spent.

    Args:
        database: a folder of plans that failed earlier: those are tried first, and new ones added.
            Such folders of several machines can be copied into one another.
    """
    from hypothesis import Phase
    from hypothesis.database import (
        DirectoryBasedExampleDatabase,
        InMemoryExampleDatabase,
        MultiplexedDatabase,
    )

    found = InMemoryExampleDatabase()
    known: ExampleDatabase = found
    if database is not None:
        keeper = trial.keeper
        folder = database / file_name(trial.rule.id, keeper.pool, keeper.start_method)
        known = MultiplexedDatabase(DirectoryBasedExampleDatabase(folder), found)
    _find(trial, seed, known, (Phase.reuse, Phase.generate, Phase.shrink))
    trial.choices = tuple(sorted(b64encode(c).decode("ascii") for c in found.fetch(_KEY)))


def shrink(trial: Trial, choices: tuple[str, ...], seed: int) -> None:
    """Make the plan smaller that Hypothesis drew by these `choices`, while it fails."""
    from hypothesis import Phase
    from hypothesis.database import InMemoryExampleDatabase

    known = InMemoryExampleDatabase()
    for choice in choices:
        # What stands under the key itself counts as shrunk, and would not be tried again.
        known.save(_KEY + b".secondary", b64decode(choice))
    _find(trial, seed, known, (Phase.reuse, Phase.shrink))
    trial.choices = tuple(sorted(b64encode(c).decode("ascii") for c in known.fetch(_KEY)))


def _find(trial: Trial, seed: int, database: ExampleDatabase, phases: tuple[Phase, ...]) -> None:
    from hypothesis import HealthCheck, Verbosity, find, settings
    from hypothesis.errors import NoSuchExample

    options = settings(
        parent=settings.get_profile("default"),
        max_examples=trial.profile.plans,
        deadline=None,
        derandomize=False,
        database=database,
        phases=phases,
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
        report_multiple_bugs=False,
        print_blob=False,
    )
    chance = Random(zlib.crc32(f"{trial.rule.id} {seed}".encode()))
    try:
        find(trial.rule.plans(), trial.fails, settings=options, random=chance, database_key=_KEY)
    except (NoSuchExample, Enough):
        return
