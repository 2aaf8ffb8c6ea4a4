"""How servers and spares begin: with what they need, and with nobody else's modules."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from forkless import launch
from test_forkless_process import WITHIN

SERVERS_OWN = ["forkless.maker", "forkless.reserve", "forkless.limits", "forkless.server"]
WARM = """
import sys
from forkless import preload, recipe
made = recipe.Recipe(sys.executable, (), (), tuple(sys.path), recipe.Preload(()), None)
preload.warm(made, asked=sys.argv[1] == "asked")
print("forkless.pool" in sys.modules)
"""


def run(code: str, *args: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *args],
        capture_output=True, text=True, timeout=WITHIN, check=True,
    )  # fmt: skip
    return done.stdout.strip()


def test_spare_loads_nothing_that_only_servers_need() -> None:
    names = "[name for name in sys.argv[1:] if name in sys.modules]"
    assert run(f"import sys, forkless.spare; print({names})", *SERVERS_OWN) == "[]"


@pytest.mark.parametrize(("when", "loaded"), [("asked", "False"), ("ahead", "True")])
def test_what_most_processes_need_is_loaded_ahead_alone(when: str, loaded: str) -> None:
    assert run(WARM, when) == loaded


def test_nothing_is_imported_from_the_folder_where_an_interpreter_starts(tmp_path: Path) -> None:
    (tmp_path / "traceback.py").write_text("raise ImportError('a module of somebody else')")
    interpreter = launch.launch(
        "spare",
        (),
        executable=sys.executable,
        flags=(),
        environ=os.environ,
        folder=str(tmp_path),
        stderr=subprocess.PIPE,
    )
    with interpreter:
        _, said = interpreter.communicate(timeout=WITHIN)
    assert b"somebody else" not in said
    assert b"SpareSide" in said  # it got so far, and missed the ends that a server gives it
