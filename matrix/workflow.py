"""Carries out the commands of a job of .github/workflows/ci.yml, in a clean clone, on this machine.

    python matrix/workflow.py plan EVENT=pull_request
    python matrix/workflow.py cell matrix.id=wine-3.11

What `uses:` does elsewhere (checkout, setup-python) is done here: a clone of the last commit, and
an environment of the Python that runs this. Each NAME=VALUE is the value of an expression of that
name (`matrix.id`), or of a variable; one without a value is left out (`UV_TORCH_BACKEND=` where
only a mirror of PyPI can be reached).
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import venv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
WORKFLOW = ROOT / ".github" / "workflows" / "ci.yml"
_EXPRESSION = re.compile(r"\$\{\{\s*(.+?)\s*\}\}")
# What a runner gives bash where a step asks for it, and where it does not.
_SHELLS = {
    "bash": ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"],
    None: ["bash", "-e", "-c"],
}


@dataclass(frozen=True)
class Step:
    """A command of a job, with the variables it gets."""

    command: str
    shell: str | None
    variables: Mapping[str, str]


def steps(job: str, given: Mapping[str, str]) -> list[Step]:
    """The commands of *job*, in order.

    Raises:
        KeyError: there is no such job, or nobody gave a value for one of its expressions.
    """
    record: dict[str, Any] = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"][job]
    return [
        Step(
            step["run"],
            step.get("shell"),
            _filled({**record.get("env", {}), **step.get("env", {})}, given),
        )
        for step in record["steps"]
        if "run" in step
    ]


def _filled(variables: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    filled = {
        name: given[name]
        if name in given
        else _EXPRESSION.sub(lambda found: given[found[1]], value)
        for name, value in variables.items()
    }
    return {name: value for name, value in filled.items() if value or name not in given}


class Runner:
    """A clean clone with an environment of its own, as a runner has when a job begins."""

    def __init__(self, folder: Path) -> None:
        self.checkout = folder / "checkout"
        self.output, self.summary = folder / "output", folder / "summary"
        self._python = folder / "python"
        subprocess.run(["git", "clone", "-q", ROOT, self.checkout], check=True)
        venv.create(self._python, with_pip=True)

    def carry_out(self, step: Step) -> None:
        """Run a step's command; CalledProcessError if it fails."""
        hidden = ("PYTHONPATH", "VIRTUAL_ENV")
        inherited = {name: value for name, value in os.environ.items() if name not in hidden}
        # uv passes over the Python of an environment, and would fetch one of its own.
        programs = [str(self._python / "bin"), str(Path(sys.base_prefix) / "bin")]
        subprocess.run(
            [*_SHELLS[step.shell], step.command],
            cwd=self.checkout,
            env={
                **inherited,
                "PATH": os.pathsep.join([*programs, os.environ["PATH"]]),
                "CI": "true",
                "GITHUB_OUTPUT": str(self.output),
                "GITHUB_STEP_SUMMARY": str(self.summary),
                **step.variables,
            },
            check=True,
        )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("job", help="plan, lint, cell or report")
    parser.add_argument("values", nargs="*", metavar="NAME=VALUE")
    options = parser.parse_args()
    given = dict(value.split("=", 1) for value in options.values)
    try:
        todo = steps(options.job, given)
    except KeyError as error:
        parser.error(f"no such job, or no value: {error}")
    with tempfile.TemporaryDirectory(prefix="poolproof-workflow-") as folder:
        runner = Runner(Path(folder))
        for step in todo:
            print(f"+ {step.command}", flush=True)
            try:
                runner.carry_out(step)
            except subprocess.CalledProcessError as error:
                return error.returncode
        for file in (runner.output, runner.summary):
            if file.exists():
                print(f"--- {file.name}\n{file.read_text(encoding='utf-8')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
