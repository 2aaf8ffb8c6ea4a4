"""The rules as pytest tests."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import dataclass
from typing import Any

import pytest
from poolproof_reports.results import BROKEN, NOT_JUDGED, RuleResult

from poolproof.cli.errors import BadInput
from poolproof.cli.request import Request, Target, check
from poolproof.engine import SubjectRun
from poolproof.profiles import PROFILES, Profile
from poolproof.rule import Rule
from poolproof.stage.keeper import Keeper


@dataclass(frozen=True, slots=True)
class RuleCase:
    """One rule to be judged for one pool and start method."""

    target: Target
    rule: Rule
    profile: Profile
    seed: int


class Keepers:
    """The stages of a session, opened when first needed."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], Keeper] = {}

    def keeper(self, target: Target) -> Keeper:
        """The keeper of this pool and start method."""
        key = (target.pool, target.start_method)
        if key not in self._open:
            self._open[key] = Keeper(*key)
        return self._open[key]

    def close(self) -> None:
        """End all stages."""
        while self._open:
            self._open.popitem()[1].close()


_REQUEST = pytest.StashKey[Request]()


def ask(config: pytest.Config) -> Request:
    """What the options ask for, checked once a session.

    Raises:
        pytest.UsageError: it cannot be.
    """
    if _REQUEST not in config.stash:
        asked = Namespace(
            pool=config.getoption("--pool"),
            start_method=config.getoption("--pool-start-method"),
            profile=config.getoption("--pool-profile"),
            rule=[],
            seed=PROFILES["quick"].seed,
            out=".",
        )
        try:
            config.stash[_REQUEST] = check(asked)
        except BadInput as error:
            raise pytest.UsageError(f"poolproof: {error}") from error
    return config.stash[_REQUEST]


def cases(config: pytest.Config) -> list[Any]:
    """A case for each rule, pool and start method that is asked for."""
    request = ask(config)
    return [
        _case(target, rule, request.profile, request.seed)
        for target in request.targets
        for rule in request.rules
    ]


def _case(target: Target, rule: Rule, profile: Profile, seed: int) -> Any:
    where = f"{target.description.name}-{target.start_method}"
    # One xdist worker a stage: with `-n`, use `--dist loadgroup`.
    marks = [pytest.mark.xdist_group(where)] if _has_xdist() else []
    return pytest.param(RuleCase(target, rule, profile, seed), id=f"{where}-{rule.id}", marks=marks)


def _has_xdist() -> bool:
    from importlib.util import find_spec

    return find_spec("xdist") is not None


def judge(case: RuleCase, keepers: Keepers) -> None:
    """Judge one rule: passed, failed, skipped (not judged), or xfailed (a known failure)."""
    keeper = keepers.keeper(case.target)
    run = SubjectRun(keeper, case.target.description, case.profile, case.seed, (case.rule,))
    run.judge()
    (result,) = run.results
    _say(result)


def _say(result: RuleResult) -> None:
    text = f"{result.rule} {result.outcome.value}: {result.title}\n{result.message}"
    if result.counterexample is not None:
        text += f"\n{result.counterexample.stacks}\n{result.counterexample.reproducer}"
    if result.outcome in NOT_JUDGED:
        pytest.skip(result.message)
    elif result.failed:
        pytest.fail(text, pytrace=False)
    elif result.outcome in BROKEN:
        pytest.xfail(result.expected_reason or text)
