"""Run CPython's own tests of multiprocessing on forkless, installed as "forkserver".

    python impl/cpython/run.py [--only PATTERN] [--method METHOD] [--json FILE]

The tests are those of the interpreter that runs this, which must have been installed with its test
suite. Each class runs in a process of its own, with a deadline. What is known to come out otherwise
stands in `differences.toml`, with its reason; a difference that is none any more is an error too.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import importlib.util
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = Path(__file__).parent
WITHIN = 900.0  # a class must be done by then
GROUPS = {"WithProcesses": "processes", "WithManager": "manager", "WithThreads": "threads"}


@dataclass(frozen=True)
class Result:
    """One test."""

    test: str  # "Class.method"
    outcome: str  # passed, failed, skipped
    detail: str = ""

    @property
    def group(self) -> str:
        """processes, manager, threads or misc: as CPython groups them."""
        return next((g for p, g in GROUPS.items() if self.test.startswith(p)), "misc")


@dataclass(frozen=True)
class Difference:
    """A test that is expected to fail, where, and why."""

    test: str  # or a pattern
    reason: str
    python: tuple[str, ...] = ()  # "3.11", ...; all if none is named
    system: tuple[str, ...] = ()  # as sys.platform has it
    pool: tuple[str, ...] = ()

    def applies(self, pool: str) -> bool:
        """Here?"""
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        return (
            (not self.python or version in self.python)
            and (not self.system or sys.platform in self.system)
            and (not self.pool or pool in self.pool)
        )


def main() -> int:
    """Run, compare, and say what came out."""
    options = _options()
    if importlib.util.find_spec("test._test_multiprocessing") is None:
        print(f"{sys.executable} was installed without the tests of the standard library")
        return 2
    environ = _environ(options.method, options.pool)
    names = [n for n in _classes(environ) if fnmatchcase(n, options.only)]
    results: list[Result] = []
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as threads:
        runs = {threads.submit(_run, name, environ): name for name in names}
        for number, done in enumerate(concurrent.futures.as_completed(runs), start=1):
            results += done.result()
            print(f"[{number}/{len(names)}] {runs[done]}: {_counts(done.result())}", flush=True)
    differences = [
        d for d in _differences() if options.method == "forkless" and d.applies(options.pool)
    ]
    unexpected, gone = _compare(results, differences, options.only == "*")
    _report(results, differences, unexpected, gone)
    if options.json:
        Path(options.json).write_text(json.dumps(_as_json(results, unexpected, gone), indent=1))
    return 1 if unexpected or gone else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="*", metavar="PATTERN", help="of class names")
    parser.add_argument("--method", default="forkless", help="a stock method, to compare with")
    parser.add_argument(
        "--pool",
        default="stdlib",
        choices=("stdlib", "forkless"),
        help="which Pool the tests meet (default: the standard library's, on our processes)",
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="at the same time")
    parser.add_argument("--json", metavar="FILE", help="write each test's outcome")
    return parser.parse_args()


def _environ(method: str, pool: str) -> dict[str, str]:
    path = [str(HERE), str(HERE.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path),
        "FORKLESS_CPYTHON_METHOD": method,
        "FORKLESS_CPYTHON_POOL": pool,
    }


def _classes(environ: dict[str, str]) -> list[str]:
    code = "import forkless_cpython as f; print('\\n'.join(f.classes()))"
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"the tests do not import:\n{done.stderr}")
    return done.stdout.split()


def _run(name: str, environ: dict[str, str]) -> list[Result]:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "results"
        code = f"import forkless_cpython as f; f.run({name!r}, {str(out)!r})"
        with (Path(folder) / "log").open("w+b") as log:
            ended = _supervised([sys.executable, "-c", code], environ, log)
            log.seek(0)
            said = log.read().decode(errors="replace")[-4000:]
        lines = out.read_text().splitlines() if out.exists() else []
    results = [_result(json.loads(line)) for line in lines]
    if ended != 0:
        results.append(Result(f"{name}.*", "failed", f"{ended}\n{said}"))
    return results


def _supervised(command: list[str], environ: dict[str, str], log: Any) -> int | str:
    """Its exit code, or what became of it."""
    own = {} if sys.platform == "win32" else {"start_new_session": True}
    with subprocess.Popen(
        command, env=environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **own
    ) as process:
        try:
            return process.wait(WITHIN)
        except subprocess.TimeoutExpired:
            if sys.platform != "win32":
                os.killpg(process.pid, signal.SIGKILL)
            process.kill()
            return f"not done after {WITHIN:.0f} s"


def _result(line: dict[str, str]) -> Result:
    # "module.Class.method"; a class that is skipped or fails to set up: "setUpClass (module.Class)"
    name = line["test"]
    if name.endswith(")"):
        name = name.rpartition("(")[2].rstrip(")") + ".*"
    return Result(name.partition(".")[2], line["outcome"], line["detail"])


def _differences() -> list[Difference]:
    content = tomllib.loads((HERE / "differences.toml").read_text())
    lists = ("python", "system", "pool")
    return [
        Difference(**{k: tuple(v) if k in lists else v for k, v in entry.items()})
        for entry in content.get("difference", [])
    ]


def _compare(
    results: list[Result], differences: list[Difference], complete: bool
) -> tuple[list[Result], list[Difference]]:
    """What failed and should not, and what should fail and did not."""
    failed = [r for r in results if r.outcome == "failed"]
    unexpected = [r for r in failed if not any(fnmatchcase(r.test, d.test) for d in differences)]
    gone = [d for d in differences if not any(fnmatchcase(r.test, d.test) for r in failed)]
    return unexpected, gone if complete else []


def _counts(results: list[Result]) -> str:
    counts = Counter(r.outcome for r in results)
    return ", ".join(f"{counts[o]} {o}" for o in ("passed", "failed", "skipped") if counts[o])


def _report(
    results: list[Result],
    differences: list[Difference],
    unexpected: list[Result],
    gone: list[Difference],
) -> None:
    for group in (*GROUPS.values(), "misc"):
        print(f"{group:10} {_counts([r for r in results if r.group == group]) or 'none run'}")
    print(f"{len(differences)} expected differences, {len(unexpected)} unexpected failures")
    for result in unexpected:
        print(f"\nFAILED {result.test}\n{result.detail}")
    for difference in gone:
        print(f"\nno longer fails: {difference.test} ({difference.reason}); strike it off the list")


def _as_json(
    results: list[Result], unexpected: list[Result], gone: list[Difference]
) -> dict[str, Any]:
    return {
        "python": sys.version,
        "platform": sys.platform,
        "results": [asdict(r) for r in results],
        "unexpected": [r.test for r in unexpected],
        "gone": [d.test for d in gone],
    }


if __name__ == "__main__":
    sys.exit(main())
