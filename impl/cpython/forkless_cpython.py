"""CPython's own tests of multiprocessing, from the installed interpreter, on a start method.

Run by `run.py`, one class a process; children import this module by name to find the test classes.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import multiprocessing
import os
import pkgutil
import sys
import unittest
from collections.abc import Callable, Iterator
from typing import Any

METHOD = os.environ["FORKLESS_CPYTHON_METHOD"]
GROUP = os.environ["FORKLESS_CPYTHON_GROUP"]
POOL_GROUP = "forkless.Pool"
EXECUTOR_GROUP = "executor"
if METHOD == "forkless":
    import forkless

    forkless.install()
    if GROUP == POOL_GROUP:
        multiprocessing.Pool = forkless.Pool  # type: ignore[assignment]

from test import _test_multiprocessing as suite  # noqa: E402 - after the installation
from test import support  # noqa: E402
from test.support import script_helper  # noqa: E402

NATIVE_NAME = "forkserver" if METHOD == "forkless" else METHOD
MIXINS = {"WithProcesses": "processes", "WithManager": "manager", "WithThreads": "threads"}

suite.install_tests_in_module_dict(globals(), NATIVE_NAME)


def _with_forkless(native: Callable[..., Any]) -> Callable[..., Any]:
    """A program that a test starts would meet the native forkserver, or on Windows none."""

    def run_python(*arguments: str, **variables: str) -> Any:
        variables.setdefault("PYTHONPATH", os.environ["PYTHONPATH"])
        return native("-m", "forkless", *arguments, **variables)

    return run_python


if METHOD == "forkless":
    script_helper.assert_python_ok = _with_forkless(script_helper.assert_python_ok)
    script_helper.assert_python_failure = _with_forkless(script_helper.assert_python_failure)


def _executor_modules() -> Iterator[Any]:
    """The tests of concurrent.futures: one module, or from 3.12 on a package of them."""
    name = "test.test_concurrent_futures"
    if importlib.util.find_spec(name) is None:
        return  # some distributions leave it out
    module = importlib.import_module(name)
    yield module
    for found in pkgutil.iter_modules(getattr(module, "__path__", ())):
        yield importlib.import_module(f"{name}.{found.name}")


def _executor_classes() -> dict[str, Any]:
    """The classes for our start method, named the same whichever it is."""
    prefix = f"ProcessPool{NATIVE_NAME.capitalize()}"
    found = {}
    for module in _executor_modules():
        for name, value in vars(module).items():
            if name == f"{prefix}Mixin" and sys.platform == "win32":
                # Its own skips there what asks for forkserver, which forkless has.
                value.get_context = value.__base__.get_context
            elif name == "FailingInitializerResourcesTest":
                found[name] = value
            elif name.startswith(prefix) and issubclass(value, unittest.TestCase):
                found[f"Executor{name.removeprefix(prefix)}"] = value
    return found


class _Lines(unittest.TextTestResult):
    """Writes a JSON line for each test that begins or ends, beside what unittest prints."""

    out: Any = None

    def _line(self, test: unittest.TestCase, outcome: str, detail: str = "") -> None:
        name = getattr(test, "_testMethodName", test.id())  # no test: "setUpClass (module.Class)"
        self.out.write(json.dumps({"name": name, "outcome": outcome, "detail": detail}) + "\n")
        self.out.flush()

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        self._line(test, "begun")

    def addSuccess(self, test: unittest.TestCase) -> None:
        super().addSuccess(test)
        self._line(test, "passed")

    def addFailure(self, test: unittest.TestCase, err: Any) -> None:
        super().addFailure(test, err)
        self._line(test, "failed", self.failures[-1][1])

    def addError(self, test: unittest.TestCase, err: Any) -> None:
        super().addError(test, err)
        self._line(test, "failed", self.errors[-1][1])

    def addSubTest(self, test: unittest.TestCase, subtest: Any, err: Any) -> None:
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._line(test, "failed", f"{subtest}: {err[1]!r}")

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        super().addSkip(test, reason)
        self._line(test, "skipped", reason)

    def addExpectedFailure(self, test: unittest.TestCase, err: Any) -> None:
        super().addExpectedFailure(test, err)
        self._line(test, "passed")


def print_classes() -> None:
    """Print "group class" for each test class; those that can use forkless.Pool come twice."""
    for name, value in globals().items():
        if isinstance(value, type) and issubclass(value, unittest.TestCase) and _has_tests(value):
            mixin = next((m for m in MIXINS if name.startswith(m)), "")
            print(MIXINS.get(mixin, "misc"), name)
            # Only these take the Pool that multiprocessing offers.
            if METHOD == "forkless" and mixin == "WithProcesses" and "Pool" in name:
                print(POOL_GROUP, name)
    for name in _executor_classes():
        print(EXECUTOR_GROUP, name)


def _has_tests(value: type[unittest.TestCase]) -> bool:
    return bool(unittest.defaultTestLoader.getTestCaseNames(value))


def run(class_name: str, but: list[str], out: str) -> None:
    """Run the tests of one class *but* some, JSON lines into the file *out*."""
    support.use_resources = ["cpu", "walltime", "network"]
    classes = _executor_classes() if GROUP == EXECUTOR_GROUP else globals()
    chosen = classes[class_name]
    names = unittest.defaultTestLoader.getTestCaseNames(chosen)
    tests = [chosen(name) for name in names if name not in but]
    with open(out, "w", encoding="utf-8") as _Lines.out:
        unittest.TextTestRunner(resultclass=_Lines, verbosity=2).run(unittest.TestSuite(tests))
