"""A process that no spare was ready for waits for no import that it can do without."""

from __future__ import annotations

import subprocess
import sys

import pytest
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
