"""Run CPython's own tests of multiprocessing on forkless, installed as "forkserver".

    python impl/cpython/run.py [--only PATTERN] [--group GROUP] [--stock METHOD] [--json FILE]

The tests are those of the interpreter that runs this; one that was installed without them takes
those of another of the same minor version (--suite). Each class runs in a process of its own, with
a deadline. What is known to come out otherwise stands in `differences.toml`, with its reason; a
difference that is none any more is an error too.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import class_run
from results import GROUPS, Difference, Result, TestClass, Verdict, judge, read_differences

OUTCOMES = ("passed", "skipped", "expected", "stock", "unexpected")


def main() -> int:
    """Run, compare, and say what came out."""
    options = _options()
    # A background job is born deaf to Ctrl-C, and so would be the tests, which send it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        classes = class_run.list_classes(options.method, options.suite)
    except RuntimeError as error:
        print(
            f"{sys.executable} cannot import the tests (--suite names a folder of them):\n{error}"
        )
        return 2
    groups = options.group or GROUPS
    classes = [c for c in classes if c.group in groups and fnmatchcase(c.name, options.only)]
    listed = read_differences(Path(__file__).with_name("differences.toml"))
    differences = [d for d in listed if options.method == "forkless" and d.applies(classes)]
    results = _run_all(classes, options.method, options, [d for d in differences if d.hangs])
    verdict = judge(results, differences, ())
    if options.stock:
        again = _classes_of(verdict.unexpected, classes)
        print(f"what failed, with {options.stock}:")
        stock = _run_all(again, options.stock, options)
        verdict = judge(results, differences, [r.test for r in stock if r.outcome == "failed"])
    _print(results, verdict)
    if options.json:
        content = _as_json(results, verdict, options.method)
        options.json.write_text(json.dumps(content, indent=1), encoding="utf-8")
    return 0 if verdict.good else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="*", metavar="PATTERN", help="of class names")
    parser.add_argument(
        "--group", action="append", choices=GROUPS, help="repeatable (default: every group)"
    )
    parser.add_argument("--method", default="forkless", help="a stock method, to compare with")
    parser.add_argument(
        "--stock",
        metavar="METHOD",
        help="run what failed again with this method: what fails there too is not forkless'",
    )
    parser.add_argument(
        "--suite", type=Path, metavar="FOLDER", help="holds the package `test` of a CPython"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="at the same time")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write each test's outcome")
    return parser.parse_args()


def _run_all(
    classes: Sequence[TestClass],
    method: str,
    options: argparse.Namespace,
    hanging: Sequence[Difference] = (),
) -> list[Result]:
    def run(chosen: TestClass) -> list[Result]:
        env = class_run.environ(method, options.suite, chosen.group)
        hangs = any(d.concerns(chosen) for d in hanging)
        return class_run.run(chosen, env, class_run.HANGS_WITHIN if hangs else class_run.WITHIN)

    results: list[Result] = []
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as threads:
        runs = {threads.submit(run, chosen): chosen for chosen in classes}
        for number, done in enumerate(concurrent.futures.as_completed(runs), start=1):
            results += done.result()
            name = f"{runs[done].group} {runs[done].name}"
            counts = Counter(r.outcome for r in done.result())
            said = [f"{count} {outcome}" for outcome, count in counts.items()]
            said += [r.test.partition(".")[2] for r in done.result() if r.outcome == "failed"]
            print(f"[{number}/{len(runs)}] {name}: {', '.join(said)}", flush=True)
    return results


def _classes_of(results: Iterable[Result], classes: Iterable[TestClass]) -> list[TestClass]:
    wanted = {(r.group, r.test.partition(".")[0]) for r in results}
    return [c for c in classes if (c.group, c.name) in wanted]


def _counts(results: Sequence[Result], verdict: Verdict) -> dict[str, dict[str, int]]:
    """How many tests of each group came out how."""
    kinds = {o: [r for r in results if r.outcome == o] for o in ("passed", "skipped")}
    kinds |= {o: getattr(verdict, o) for o in ("expected", "stock", "unexpected")}
    return {
        group: {kind: sum(r.group == group for r in found) for kind, found in kinds.items()}
        for group in GROUPS
    }


def _print(results: Sequence[Result], verdict: Verdict) -> None:
    print(f"\n{'':14}" + "".join(f"{outcome:>11}" for outcome in OUTCOMES))
    for group, counts in _counts(results, verdict).items():
        print(f"{group:14}" + "".join(f"{counts[outcome]:11}" for outcome in OUTCOMES))
    for result in (*verdict.expected, *verdict.stock):
        kind = "expected" if result in verdict.expected else "stock"
        print(f"{kind}: {result.group} {result.test}")
    for result in verdict.unexpected:
        print(f"\nFAILED {result.group} {result.test}\n{result.detail}")
    for difference in verdict.gone:
        print(f"\nno longer fails: {difference.test} ({difference.reason}); strike it off the list")


def _as_json(results: Sequence[Result], verdict: Verdict, method: str) -> dict[str, Any]:
    return {
        "python": sys.version,
        "platform": sys.platform,
        "method": method,
        "counts": _counts(results, verdict),
        "results": [asdict(r) for r in results],
        "expected": [r.test for r in verdict.expected],
        "stock": [r.test for r in verdict.stock],
        "unexpected": [r.test for r in verdict.unexpected],
        "gone": [d.test for d in verdict.gone],
    }


if __name__ == "__main__":
    sys.exit(main())
