"""Mutation testing of the pure modules: is every line of the judges held in place by a test?

    python conformance/mutants.py [PATTERN ...]      such as 'poolproof/checkers/*'

mutmut changes one thing at a time (`<` to `<=`, a text, a default) and runs the tests that reach
it. A change that no test notices has survived: kill it with a test, or say in `mutants.toml` why
it changes nothing. Exit code 0: none survives but those.

The modules are copied into a folder of their own, for mutmut wants all code below `src`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from fnmatch import fnmatchcase
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parent.parent
EQUIVALENT = Path(__file__).with_suffix(".toml")
MODULES = (
    "poolproof/checkers/*.py",
    "poolproof/case.py",
    "poolproof/chance.py",
    "poolproof/history.py",
    "poolproof/plan.py",
    "poolproof/rounds.py",
    "poolproof/fates.py",
    "poolproof/happens_before.py",
    "poolproof/trial.py",
    "poolproof/verdict.py",
    "poolproof_reports/results.py",
    "poolproof_reports/summary.py",
)
TESTS = (  # none of them starts a process
    "conformance/tests/poolproof_literal_histories.py",
    "conformance/tests/poolproof_selftest_rules.py",
    "conformance/tests/test_poolproof_case.py",
    "conformance/tests/test_poolproof_checkers.py",
    "conformance/tests/test_poolproof_fates.py",
    "conformance/tests/test_poolproof_happens_before.py",
    "conformance/tests/test_poolproof_history.py",
    "conformance/tests/test_poolproof_rounds.py",
    "conformance/tests/test_poolproof_trial.py",
    "reports/tests/reports_samples.py",
    "reports/tests/reports_strategies.py",
    "reports/tests/test_reports_results.py",
    "reports/tests/test_reports_summary.py",
)
_CONFIG = """\
[mutmut]
source_paths=
    src
only_mutate=
{modules}
pytest_add_cli_args_test_selection=
    tests
pytest_add_cli_args=
    -p
    no:cacheprovider
    -p
    no:randomly
use_git_change_detection=false
"""


def main(patterns: list[str]) -> int:
    """Mutate, test, and print what survived."""
    with tempfile.TemporaryDirectory(prefix="poolproof-mutants-") as name:
        folder = Path(name)
        _lay_out(folder, patterns)
        print("mutating and testing: some minutes", flush=True)
        _mutmut(folder, "run", "--max-children", "1")
        ends = [
            line.split(": ") for line in _mutmut(folder, "results", "--all", "true") if ": " in line
        ]
        left = {name.strip(): end for name, end in ends if end not in ("killed", "timeout")}
        unexplained = _print(folder, left)
    print(f"{len(ends)} mutants, {len(left)} left, {unexplained} of them without an explanation")
    return 1 if unexplained or not ends else 0


def _lay_out(folder: Path, patterns: list[str]) -> None:
    for package in ("conformance/poolproof", "reports/poolproof_reports"):
        shutil.copytree(ROOT / package, folder / "src" / Path(package).name)
    (folder / "tests").mkdir()
    for test in TESTS:
        shutil.copy(ROOT / test, folder / "tests")
    mutated = [m for m in MODULES if not patterns or any(fnmatchcase(m, p) for p in patterns)]
    modules = "\n".join(f"    src/{module}" for module in mutated)
    (folder / "setup.cfg").write_text(_CONFIG.format(modules=modules))


def _mutmut(folder: Path, *arguments: str) -> list[str]:
    """The lines it prints; what it draws meanwhile goes nowhere."""
    done = subprocess.run(
        [sys.executable, "-m", "mutmut", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT / "impl")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        sys.exit(f"mutmut {arguments[0]} failed:\n{done.stdout[-4000:]}")
    return done.stdout.splitlines()


def _print(folder: Path, left: dict[str, str]) -> int:
    """Print those that nobody has explained; return how many."""
    known = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))["equivalent"]
    explained = {(entry["before"], entry["after"]) for entry in known}
    unexplained = 0
    for name, end in left.items():
        shown = [
            line for line in _mutmut(folder, "show", name) if not line.startswith(("---", "+++"))
        ]
        before, after = ("\n".join(_lines(shown, sign)) for sign in "-+")
        if (before, after) not in explained:
            unexplained += 1
            print(f"{end}: {name}\n  - {before}\n  + {after}", flush=True)
    return unexplained


def _lines(shown: list[str], sign: str) -> list[str]:
    return [line[1:].strip() for line in shown if line.startswith(sign)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
