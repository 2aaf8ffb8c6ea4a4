"""What a server holds can be seen by its program, and on Linux by its user's other programs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from binascii import crc32
from dataclasses import replace
from typing import Any

import forkless
import forkless_targets as targets
import psutil
import pytest
from forkless import board, status_page
from forkless.messages import Overview, Status
from test_forkless_process import WITHIN, ask

MIB = 2**20
shows_boards = pytest.mark.skipif(
    sys.platform not in ("linux", "win32"), reason="this system shows no server's board to others"
)


@pytest.fixture
def context() -> Any:
    return forkless.get_context()


def shown(server_pid: int | None) -> Any:
    """What another program is told of that server; None if it is told of none such."""
    done = subprocess.run(
        [sys.executable, "-m", "forkless", "status", "--json"],
        capture_output=True,
        text=True,
        timeout=WITHIN,
    )
    assert done.stderr == ""
    found = json.loads(done.stdout)
    assert done.returncode == (0 if found else 1)
    return next((one for one in found if one["status"]["server_pid"] == server_pid), None)


def test_status_counts_how_starts_were_served(context: Any) -> None:
    assert forkless.status().hit_rate is None
    forkless.set_reserve(0)
    assert ask(context, targets.send, 1) == 1
    forkless.warm_up(1, wait=True)
    assert ask(context, targets.send, 2) == 2
    status = forkless.status()
    assert (status.hits, status.cold_starts, status.hit_rate) == (1, 1, 0.5)


def test_memory_of_server_and_spares_is_told_on_request() -> None:
    forkless.warm_up(2, wait=True)
    assert forkless.status().memory is None
    status = forkless.status(memory=True)
    assert status.memory is not None
    assert set(status.memory) == set(status.helpers)
    assert {status.server_pid, *status.ready} <= set(status.helpers)
    assert all(0 < size < 100 * MIB for size in status.memory.values())


def test_status_without_a_server_is_empty() -> None:
    assert forkless.status(memory=True) == Status(memory={})


@shows_boards
def test_other_programs_of_this_user_see_what_the_program_sees(context: Any) -> None:
    forkless.warm_up(1, wait=True)
    process = context.Process(target=targets.wait_forever, daemon=True)
    process.start()
    try:
        forkless.warm_up(1, wait=True)
        status = forkless.status()
        one = shown(status.server_pid)
    finally:
        process.kill()
        process.join(WITHIN)
    assert one["client_pid"] == os.getpid()
    assert one["program"] == sys.argv[0]
    assert one["status"]["children"] == [process.pid]
    assert (one["status"]["hits"], one["status"]["hit_rate"]) == (1, 1.0)
    assert one["status"]["ready"] == list(status.ready)
    assert one["status"]["memory"][str(status.server_pid)] > MIB


@shows_boards
def test_stuck_server_is_seen_and_a_dead_one_is_not() -> None:
    forkless.warm_up(1, wait=True)
    server = psutil.Process(forkless.status().server_pid)
    server.suspend()
    try:
        assert shown(server.pid) is not None
    finally:
        server.resume()
    server.kill()
    server.wait(WITHIN)
    assert shown(server.pid) is None


def whole(data: bytes, checksum: int) -> bytes:
    header = board._HEADER.pack(len(data), checksum)
    return (header + data).ljust(board.SIZE, b"\0")


def test_board_that_is_being_written_is_looked_at_again() -> None:
    looks = iter([whole(b"new, half", crc32(b"new, whole")), whole(b"newest", crc32(b"newest"))])
    assert board.read(lambda: next(looks)) == b"newest"


@pytest.mark.parametrize("memory", [b"", b"short", whole(b"no board", 1), b"\xff" * board.SIZE])
def test_memory_of_another_kind_is_no_board(memory: bytes) -> None:
    assert board.read(lambda: memory) is None


def test_board_shows_nothing_rather_than_what_is_outdated() -> None:
    ours = board.Board()
    for data in (b"small", b"large" * board.SIZE):
        ours.post(data)
    assert ours._memory is not None
    assert board.read(lambda: ours._memory[:]) == b""
    ours._memory.close()


POSTS = """
import sys, threading
from forkless.board import Board

board = Board()
for data in (b"first", b"second" * 10_000, b"not a message of ours"):
    board.post(data)
print("posted", flush=True)
sys.stdin.read(1)
texts = [bytes([65 + place]) * 50_000 for place in range(26)]
for place in range(5_000):
    board.post(texts[place % 26])
"""


@shows_boards
def test_board_shows_what_was_posted_last_and_never_a_mixture() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", POSTS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as poster:
        assert poster.stdin is not None
        assert poster.stdout is not None
        assert poster.stdout.readline() == "posted\n"
        found = list(board.read_all())
        assert b"not a message of ours" in found
        assert b"first" not in found
        assert shown(0) is None  # nor is anybody harmed by what is on that board
        poster.stdin.write("x")
        poster.stdin.close()
        seen: set[bytes] = set()
        while poster.poll() is None:
            seen.update(data for data in board.read_all() if len(data) == 50_000)
    assert all(data == data[:1] * len(data) for data in seen)
    assert poster.returncode == 0


@pytest.mark.skipif(sys.platform in ("linux", "win32"), reason="this system shows servers")
def test_where_servers_cannot_be_seen_the_command_says_what_to_do() -> None:
    command = [sys.executable, "-m", "forkless", "status"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=WITHIN)
    assert (done.returncode, done.stdout) == (3, "")
    assert "print(forkless.status(memory=True))" in done.stderr


def test_command_explains_itself_and_refuses_what_it_does_not_know() -> None:
    def run(*arguments: str) -> Any:
        command = [sys.executable, "-m", "forkless", *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=WITHIN)

    described = run("status", "--help")
    assert described.returncode == 0
    assert all(title in described.stdout for title in status_page._HEAD)
    assert run("status", "--jsn").returncode == 2
    assert "python -m forkless status" in run("--help").stdout


def test_no_server_is_an_exit_code_and_a_hint(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(status_page, "servers", lambda: iter(()))
    assert status_page.main([]) == 1
    assert "warm_up() starts one" in capsys.readouterr().out
    assert status_page.main(["--json"]) == 1
    assert json.loads(capsys.readouterr().out) == []


def test_page_shows_each_server_and_why_a_reserve_is_small() -> None:
    status = Status(
        server_pid=10,
        template_pid=11,
        ready=(12, 13),
        warming=(14,),
        children=(20, 21),
        reserve=3,
        wished=3,
        hits=9,
        cold_starts=1,
        memory={10: 10 * MIB, 11: 40 * MIB, 12: 7 * MIB, 13: 7 * MIB, 14: 4 * MIB},
    )
    reason = "capped by memory: 700 MiB a spare, 2,000 MiB available (this machine)"
    small = Status(server_pid=30, reserve=1, wished=4, reason=reason, memory={30: 9 * MIB})
    first = Overview(os.path.join("folder", "train.py"), 9, 1000.0, status)
    package = replace(first, program=os.path.join("site", "pytest", "__main__.py"), status=small)
    text = status_page.page([first, package, replace(package, program="")], now=4661.2)
    assert text.splitlines() == [
        "SERVER  PROGRAM       RUNNING  SPARES     CHILDREN  HITS           MEMORY",
        "10      train.py (9)  1:01:01  2 of 3 +1  2         9 of 10 (90%)  "
        "68 = 10 server + 40 template + 3 x 6",
        "30      pytest (9)    1:01:01  0 of 1     0         -              9 = 9 server",
        f"  keeps 1 of 4 spares wished for, {reason}",
        "30      ? (9)         1:01:01  0 of 1     0         -              9 = 9 server",
        f"  keeps 1 of 4 spares wished for, {reason}",
    ]
