"""Main modules for START rules: whole scripts, written into a folder and run from there.

A script starts with `PREAMBLE`: its one argument is what `run_script` gives it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from poolproof.plan import Plan
from poolproof.stage.api import Stage

PREAMBLE = '''\
"""A main module, as somebody's program has it."""

import json
import sys

from poolproof import journal
from poolproof.drivers.resolve import resolve
from poolproof.history import Kind
from poolproof.values import describe_error

spec, method, folder, plan = json.loads(sys.argv[1])
'''

# Functions and classes that exist in the main module alone; children that start children.
GUARDED = (
    PREAMBLE
    + """

class Worker:
    def __init__(self, name):
        self.name = name

    def work(self, make, generations):
        work(self, make, generations)


def work(worker, make, generations):
    journal.record(folder, Kind.OK, "child", [worker.name, generations], type(worker).__name__)
    if generations > 1:
        run(make, worker, generations - 1)


def run(make, worker, generations):
    if plan["target"] == "method":
        process = make(target=worker.work, args=(make, generations))
    else:
        process = make(target=work, args=(worker, make, generations))
    process.start()
    process.join()


if __name__ == "__main__":
    for number in range(plan["children"]):
        run(resolve(spec).context(method).Process, Worker(number), plan["generations"])
"""
)

DERIVED = (
    PREAMBLE
    + """

class Worker(resolve(spec).context(method).Process):
    def __init__(self, number, notes, **options):
        super().__init__(**options)
        self.number = number
        self.notes = notes

    def run(self):
        super().run()
        self.notes.append("run")
        seen = [type(self).__name__, self.name, self.notes]
        journal.record(folder, Kind.OK, "child", self.number, seen)


def target(number):
    journal.record(folder, Kind.OK, "target", number)


if __name__ == "__main__":
    options = {"name": plan["name"], "daemon": plan["daemon"], "target": target}
    workers = [
        Worker(number, list(plan["notes"]), args=(number,), **options)
        for number in range(plan["workers"])
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        journal.record(folder, Kind.INFO, "caller", worker.number, [worker.exitcode, worker.notes])
"""
)

UNGUARDED = (
    PREAMBLE
    + """

def work(number):
    journal.record(folder, Kind.OK, "child", number)


for number in range(plan["children"]):
    process = resolve(spec).context(method).Process(target=work, args=(number,))
    try:
        process.start()
    except Exception as error:
        journal.record(folder, Kind.FAIL, "start", number, describe_error(error))
        raise
    journal.record(folder, Kind.OK, "start", number)
    process.join()
"""
)

FLAGS = (
    PREAMBLE
    + """

def settings():
    hidden = ("n_", "_", "count", "index")
    names = [name for name in dir(sys.flags) if not name.startswith(hidden)]
    flags = {name: getattr(sys.flags, name) for name in names}
    return {**flags, "warnoptions": sys.warnoptions, "xoptions": sys._xoptions}


def tell():
    journal.record(folder, Kind.OK, "child", None, settings())


if __name__ == "__main__":
    journal.record(folder, Kind.INFO, "caller", None, settings())
    process = resolve(spec).context(method).Process(target=tell)
    process.start()
    process.join()
"""
)


@dataclass(frozen=True)
class Ended:
    """A script that has ended."""

    pid: int
    exit_code: int
    stderr: str


def run_script(
    stage: Stage,
    text: str,
    plan: Plan,
    *,
    stem: str = "script",
    as_module: bool = False,
    flags: Sequence[str] = (),
) -> Ended:
    """Run `text` as the main module of a program, from a file or by `-m`, to its end."""
    folder = Path(stage.folder, "scripts")
    folder.mkdir()
    path = folder / f"{stem}.py"
    path.write_text(text, encoding="utf-8")
    argument = json.dumps([stage.spec, stage.start_method, stage.folder, plan])
    with subprocess.Popen(
        [sys.executable, *flags, *(("-m", stem) if as_module else (str(path),)), argument],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": _import_path()},
    ) as script:
        try:
            said = script.communicate()[1]
        finally:
            script.kill()
    return Ended(script.pid, script.returncode, said)


def _import_path() -> str:
    """So that the script can import what this process can: the pool under test among it."""
    return os.pathsep.join(path or os.getcwd() for path in sys.path)
