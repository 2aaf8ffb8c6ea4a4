"""What a preload, or the main module, looked up in the environment is the caller's at start()."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import forkless
import pytest
from forkless import lookups, preload
from test_forkless_process import WITHIN, ask

NAME = "FORKLESS_TEST_MODE"


@pytest.fixture
def context() -> Iterator[Any]:
    before = preload.chosen()
    forkless.set_preload(["forkless_preload_reading"])
    yield forkless.get_context()
    preload.adopt(before)


def send_what_was_read(connection: Any) -> None:
    import forkless_preload_reading

    connection.send(forkless_preload_reading.mode)


def warmed() -> Any:
    forkless.warm_up(1, wait=True)
    return forkless.status()


def test_spare_that_read_something_else_is_not_used(
    context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    hits = warmed().hits
    monkeypatch.setenv(NAME, "new")
    assert ask(context, send_what_was_read) == "new"
    assert forkless.status().hits == hits


def test_spares_are_made_for_the_environment_last_asked_for(
    context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    warmed()
    for mode in ("first", "second"):
        monkeypatch.setenv(NAME, mode)
        hits = warmed().hits
        assert ask(context, send_what_was_read) == mode
        assert forkless.status().hits == hits + 1


def test_spare_is_used_when_a_variable_differs_that_nobody_read(
    context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    hits = warmed().hits
    monkeypatch.setenv("FORKLESS_TEST_UNREAD", "new")
    assert ask(context, send_what_was_read) is None
    assert forkless.status().hits == hits + 1


def test_spare_that_still_warms_up_is_used_in_the_same_environment_alone(
    context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody knows yet what it will read."""
    forkless.warm_up(1)
    monkeypatch.setenv(NAME, "new")
    assert ask(context, send_what_was_read) == "new"


PROGRAM = """
import os
import forkless
mode = os.environ.get("FORKLESS_TEST_MODE", "none")
def target():
    print("child has", mode)
if __name__ == "__main__":
    forkless.warm_up(1, wait=60)
    os.environ["FORKLESS_TEST_MODE"] = "set meanwhile"
    process = forkless.Process(target=target)
    process.start()
    process.join(60)
    print(process.exitcode)
"""


def test_main_module_reads_the_callers_environment_as_under_spawn(tmp_path: Path) -> None:
    script = tmp_path / "program.py"
    script.write_text(PROGRAM)
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=WITHIN, check=True
    )
    assert done.stdout.splitlines() == ["child has set meanwhile", "0"]
    assert done.stderr == ""


READERS: list[tuple[Callable[[], object], set[str]]] = [
    (lambda: os.environ.get(NAME), {NAME}),
    (lambda: os.getenv(NAME), {NAME}),
    (lambda: NAME in os.environ, {NAME}),
    (lambda: os.environ.setdefault(NAME, "own"), {NAME}),
    (lambda: (os.environ.update({NAME: "own"}), os.environ[NAME]), set()),
    (lambda: os.environ.copy(), set()),
    (lambda: dict(os.environ.items()), set()),
    (lambda: (list(os.environ), NAME in os.environ), {NAME}),
]


@pytest.mark.parametrize(("read", "seen"), READERS)
def test_looking_up_is_noticed_and_copying_is_none(
    monkeypatch: pytest.MonkeyPatch, read: Callable[[], object], seen: set[str]
) -> None:
    monkeypatch.setenv(NAME, "")
    monkeypatch.delenv(NAME)
    with lookups.watched() as names:
        read()
    assert names == seen
    assert type(os.environ) is os._Environ
