"""Hypothesis at work: draws plans until one fails, and makes that one small."""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode
from pathlib import Path
from typing import TYPE_CHECKING

from poolproof.case import file_name
from poolproof.plan import Plan
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
    trial.choices = _choices(found)


def shrink(trial: Trial, choices: tuple[str, ...], seed: int) -> None:
    """Make the plan smaller that Hypothesis drew by these `choices`, while it fails."""
    from hypothesis import Phase
    from hypothesis.database import InMemoryExampleDatabase

    known = InMemoryExampleDatabase()
    for choice in choices:
        # What stands under the key itself counts as shrunk, and would not be tried again.
        known.save(_KEY + b".secondary", b64decode(choice))
    try:
        _find(trial, seed, known, (Phase.reuse, Phase.shrink))
    finally:  # Ctrl-C keeps what was found
        trial.choices = _choices(known)


def _choices(database: ExampleDatabase) -> tuple[str, ...]:
    return tuple(sorted(b64encode(each).decode("ascii") for each in database.fetch(_KEY)))


class _Falsified(AssertionError):
    """Tells Hypothesis that a plan fails the rule."""


class _Undecided(BaseException):
    """A plan came to no verdict: no stage starts, say.

    Not an Exception: Hypothesis would take it for a failure, try again, and call the rule flaky.
    """

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error


def _find(trial: Trial, seed: int, database: ExampleDatabase, phases: tuple[Phase, ...]) -> None:
    from hypothesis import HealthCheck, Verbosity, given, settings
    from hypothesis import seed as with_seed

    saved: set[bytes] = set()

    # In this order: `seed` takes the database away from settings that it finds.
    @settings(
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
    @with_seed(zlib.crc32(f"{trial.rule.id} {seed}".encode()))
    @given(trial.rule.plans())
    def holds(plan: Plan) -> None:
        try:
            failed = trial.fails(plan)
        except Enough:
            saved.update(database.fetch(_KEY))
            raise
        except Exception as error:
            saved.update(database.fetch(_KEY))
            raise _Undecided(error) from error
        if failed:
            raise _Falsified

    # As `hypothesis.find` does it: else the key is a digest of the lines above, and what was found
    # before they changed would not be found again.
    holds._hypothesis_internal_database_key = _KEY  # type: ignore[attr-defined]
    try:
        holds()
    except _Falsified:
        return
    except (Enough, _Undecided) as end:
        # Hypothesis saves the plan at hand when something ends its search, and rightly so when
        # that is Ctrl-C. This plan has not run.
        for choices in {*database.fetch(_KEY)} - saved:
            database.delete(_KEY, choices)
        if isinstance(end, _Undecided):
            raise end.error from None
