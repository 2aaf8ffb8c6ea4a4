"""CPython's own tests of multiprocessing, from the installed interpreter, on a start method.

Run by `run.py`, one class a process; children import this module by name to find the test classes.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import unittest
from typing import Any

METHOD = os.environ["FORKLESS_CPYTHON_METHOD"]
if METHOD == "forkless":
    import forkless

    forkless.install()
    if os.environ["FORKLESS_CPYTHON_POOL"] == "forkless":
        multiprocessing.Pool = forkless.Pool  # type: ignore[assignment]

from test import _test_multiprocessing as suite  # noqa: E402 - after the installation
from test import support  # noqa: E402

suite.install_tests_in_module_dict(globals(), "forkserver" if METHOD == "forkless" else METHOD)


class _Lines(unittest.TextTestResult):
    """Writes a JSON line for each test to descriptor 3's file, beside what unittest prints."""

    out: Any = None

    def _line(self, test: unittest.TestCase, outcome: str, detail: str = "") -> None:
        self.out.write(json.dumps({"test": test.id(), "outcome": outcome, "detail": detail}) + "\n")
        self.out.flush()

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


def classes() -> list[str]:
    """The names of all test classes."""
    return sorted(
        name
        for name, value in globals().items()
        if isinstance(value, type)
        and issubclass(value, unittest.TestCase)
        and unittest.defaultTestLoader.getTestCaseNames(value)
    )


def run(class_name: str, out: str) -> None:
    """Run the tests of one class, a JSON line each into the file *out*."""
    support.use_resources = ["cpu", "walltime", "network"]
    tests = unittest.defaultTestLoader.loadTestsFromName(class_name, sys.modules[__name__])
    with open(out, "w", encoding="utf-8") as _Lines.out:
        unittest.TextTestRunner(resultclass=_Lines, verbosity=2).run(unittest.TestSuite([tests]))
