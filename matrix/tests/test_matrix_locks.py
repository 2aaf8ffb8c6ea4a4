"""Two commands never change the cache at once, and a dead one holds nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from poolproof_matrix.errors import MatrixError
from poolproof_matrix.locks import locked

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the cache it guards is Linux'")

HOLDER = """\
import sys
from pathlib import Path
from poolproof_matrix.locks import locked
with locked(Path(sys.argv[1]), exclusive=sys.argv[2] == "True", seconds=30):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def _other_process_holds(path: Path, *, exclusive: bool) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-c", HOLDER, str(path), str(exclusive)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        try:
            yield other
        finally:
            other.kill()


@pytest.mark.parametrize(("theirs", "ours"), [(True, True), (True, False), (False, True)])
def test_a_lock_held_alone_excludes(tmp_path: Path, theirs: bool, ours: bool) -> None:
    told: list[str] = []
    with (
        _other_process_holds(tmp_path / "lock", exclusive=theirs),
        pytest.raises(MatrixError, match="still locked by another command after 0 s"),
        locked(tmp_path / "lock", exclusive=ours, seconds=0, waiting=lambda: told.append("wait")),
    ):
        raise AssertionError("both hold it")
    assert told == ["wait"]


def test_users_share_the_lock(tmp_path: Path) -> None:
    with (
        _other_process_holds(tmp_path / "lock", exclusive=False),
        locked(tmp_path / "lock", exclusive=False, seconds=0),
    ):
        pass


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    with _other_process_holds(tmp_path / "lock", exclusive=True) as other:
        other.kill()
        other.wait(30)
        with locked(tmp_path / "lock", exclusive=True, seconds=30):
            pass
