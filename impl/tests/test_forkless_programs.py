"""Whatever way a program is run, its children are what those of spawn would be."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from test_forkless_process import WITHIN

PROGRAM = """
import multiprocessing, sys
import forkless
def target():
    print("of", __name__)
if __name__ == "__main__":
    ours = sys.argv[-1] == "forkless"
    context = forkless.get_context() if ours else multiprocessing.get_context("spawn")
    if ours:
        forkless.warm_up(1, wait=60)
    for own in (print, target):
        process = context.Process(target=own)
        process.start()
        process.join(60)
        print("exit", process.exitcode, flush=True)
"""
# What can be run anew in a child: a file, or a module that has a name.
RERUN = ["", "exit 0", "of __mp_main__", "exit 0"]
# In the others, a child finds what can be imported, and nothing that the program itself defines.
IMPORTS_ONLY = ["", "exit 0", "exit 1"]
NOTHING = ["exit 1", "exit 1"]


def script(folder: Path) -> list[str]:
    (folder / "program.py").write_text(PROGRAM)
    return ["program.py"]


def module(folder: Path) -> list[str]:
    return ["-m", script(folder)[0].removesuffix(".py")]


def package(folder: Path) -> list[str]:
    return ["-m", in_a_folder(folder)[0]]


def in_a_folder(folder: Path) -> list[str]:
    (folder / "package").mkdir()
    (folder / "package" / "__main__.py").write_text(PROGRAM)
    return ["package"]


def in_an_archive(folder: Path) -> list[str]:
    with zipfile.ZipFile(folder / "program.zip", "w") as archive:
        archive.writestr("__main__.py", PROGRAM)
    return ["program.zip"]


def code(folder: Path) -> list[str]:
    return ["-c", PROGRAM]


def standard_input(folder: Path) -> list[str]:
    return ["-"]


@pytest.mark.parametrize(
    ("way", "outcome"),
    [
        (script, RERUN),
        (module, RERUN),
        (package, IMPORTS_ONLY),
        (in_a_folder, IMPORTS_ONLY),
        (in_an_archive, IMPORTS_ONLY),
        (code, IMPORTS_ONLY),
        (standard_input, NOTHING),
    ],
)
def test_children_are_those_of_spawn(
    tmp_path: Path, way: Callable[[Path], list[str]], outcome: list[str]
) -> None:
    command = [sys.executable, *way(tmp_path)]
    for method in ("forkless", "spawn"):
        done = subprocess.run(
            [*command, method], input=PROGRAM,
            capture_output=True, text=True, timeout=WITHIN, cwd=tmp_path,
        )  # fmt: skip
        assert done.stdout.splitlines() == outcome, f"{method}: {done.stderr}"


SESSION = """
import forkless

def own():
    pass

def run(target):
    process = forkless.get_context().Process(target=target)
    process.start()
    process.join(60)
    return process.exitcode

import time
print("of a module", run(time.time), "of the session", run(own))
"""


def test_interactive_session_has_children_that_run_what_can_be_imported() -> None:
    done = subprocess.run(
        [sys.executable, "-i", "-q"], input=SESSION, capture_output=True, text=True, timeout=WITHIN
    )
    assert "of a module 0 of the session 1" in done.stdout
    assert "Can't get attribute 'own'" in done.stderr


def test_ipython_session_has_children_that_run_what_can_be_imported() -> None:
    pytest.importorskip("IPython")
    done = subprocess.run(
        [sys.executable, "-m", "IPython", "--no-banner", "--colors=NoColor", "-c", SESSION],
        capture_output=True, text=True, timeout=WITHIN,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "of a module 0 of the session 1", done


NOTEBOOK = """
import sys
from jupyter_client.manager import start_new_kernel
kernel, client = start_new_kernel()
try:
    client.execute_interactive(
        sys.stdin.read(),
        timeout=60,
        output_hook=lambda message: print(message["content"].get("text", ""), end=""),
    )
finally:
    client.stop_channels()
    kernel.shutdown_kernel()
"""


def test_notebook_has_children_that_run_what_can_be_imported(tmp_path: Path) -> None:
    pytest.importorskip("ipykernel")
    pytest.importorskip("jupyter_client")
    done = subprocess.run(
        [sys.executable, "-c", NOTEBOOK], input=SESSION,
        capture_output=True, text=True, timeout=2 * WITHIN, cwd=tmp_path,
    )  # fmt: skip
    assert "of a module 0 of the session 1" in done.stdout.splitlines(), done
