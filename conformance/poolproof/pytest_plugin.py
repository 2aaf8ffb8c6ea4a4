"""For those who live in pytest: `pytest --pyargs poolproof.rules --pool mypackage:factory`.

With xdist's `-n`, all rules of a pool and start method go to one worker.

pytest loads this module in every run beside an installed poolproof. So it imports nothing but what
pytest has imported already, until its rules are asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from poolproof.pytest_items import RuleCase

FIXTURE = "poolproof_case"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options that say which pools the rules of `poolproof.rules` are asked of."""
    group = parser.getgroup("poolproof", "conformance of process pools (--pyargs poolproof.rules)")
    group.addoption(
        "--pool",
        action="append",
        metavar="POOL",
        help="a known pool, or package.module:factory (repeatable; default: forkless)",
    )
    group.addoption(
        "--pool-start-method",
        action="append",
        default=[],
        metavar="METHOD",
        help="repeatable; default: every start method the pool has on this system",
    )
    group.addoption("--pool-expect", metavar="FILE", help="known failures of the pool")
    group.addoption("--pool-profile", default="quick", metavar="PROFILE", help="quick, full, deep")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a pool that does not open before anything is collected."""
    if config.getoption("--pool"):
        from poolproof.pytest_items import ask

        ask(config)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test for each rule, pool and start method, where a test takes `poolproof_case`."""
    if FIXTURE not in metafunc.fixturenames:
        return
    from poolproof.pytest_items import cases

    metafunc.parametrize(FIXTURE, cases(metafunc.config))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A worker for each stage, unless another `--dist` was asked for than the default."""
    asked = config.getoption("--pool") or "poolproof.rules" in config.invocation_params.args
    if not asked or config.getoption("dist") != "load":
        return None
    from poolproof.pytest_xdist import StageScheduling

    return StageScheduling(config, log)


@pytest.fixture(scope="session")
def poolproof_runs() -> Any:
    """A run, with its stage, for each pool and start method, for the whole session."""
    from poolproof.pytest_items import Runs

    runs = Runs()
    yield runs
    runs.close()


def check(case: RuleCase, runs: Any, record: Callable[[str, object], None]) -> None:
    """Judge one rule, and say it in pytest's words; `record` takes properties of the test."""
    from poolproof.pytest_items import judge

    judge(case, runs, record)
