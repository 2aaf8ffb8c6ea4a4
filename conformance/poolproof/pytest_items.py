"""The rules as pytest tests."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from poolproof_reports.results import BROKEN, NOT_JUDGED, Outcome, RuleResult
from poolproof_reports.words import expectation

from poolproof.cli.errors import BadInput
from poolproof.cli.request import Request, check
from poolproof.engine import SubjectRun, heavy_last
from poolproof.profiles import PROFILES
from poolproof.rule import Rule
from poolproof.stage.keeper import Keeper
from poolproof.target import Target


@dataclass(frozen=True, slots=True)
class RuleCase:
    """One rule to be judged for one pool and start method."""

    target: Target
    rule: Rule
    request: Request


class Runs:
    """The runs of a session, each with a stage of its own, opened when first needed.

    A rule learns from the run whether those hold that it comes after, and how much time is left.
    """

    def __init__(self) -> None:
        self._open: dict[Target, SubjectRun] = {}

    def judge(self, case: RuleCase) -> RuleResult:
        """Judge one rule."""
        if case.target not in self._open:
            self._open[case.target] = _run(case)
        return self._open[case.target].judge_next(case.rule)

    def close(self) -> None:
        """End all stages."""
        while self._open:
            self._open.popitem()[1].keeper.close()


def _run(case: RuleCase) -> SubjectRun:
    target, request = case.target, case.request
    keeper = Keeper(target.pool, target.start_method)
    return SubjectRun(
        keeper,
        target.description,
        request.profile,
        request.seed,
        request.rules,
        known=target.known,
    )


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
            expect=config.getoption("--pool-expect"),
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
        _case(RuleCase(target, rule, request))
        for target in request.targets
        for rule in heavy_last(request.rules)
    ]


def _case(case: RuleCase) -> Any:
    target = case.target
    return pytest.param(case, id=f"{target.pool}-{target.start_method}-{case.rule.id}")


def judge(case: RuleCase, runs: Runs, record: Callable[[str, object], None]) -> None:
    """Judge one rule: passed, failed, skipped (not judged), or xfailed (a known failure)."""
    record("level", case.rule.level.value)
    record("pool", case.target.pool)
    record("start method", case.target.start_method)
    result = runs.judge(case)
    record("outcome", result.outcome.value)
    record("plans", result.plans)
    say(result)


def say(result: RuleResult) -> None:
    """End the test at hand as the result says."""
    text = f"{result.rule} {result.outcome.value}: {result.title}\n{result.message}"
    if result.counterexample is not None:
        text += f"\n{result.counterexample.stacks}\n{result.counterexample.reproducer}"
    if result.outcome in NOT_JUDGED:
        pytest.skip(result.message)
    elif result.outcome is Outcome.PASS and result.failed:
        pytest.fail(f"{text}passed, but {expectation(result)}", pytrace=False)
    elif result.failed:
        pytest.fail(text, pytrace=False)
    elif result.outcome in BROKEN:
        pytest.xfail(result.expected_reason or text)
