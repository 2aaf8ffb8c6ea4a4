"""Large values through a pool: they go by arena, and are values all the same."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import forkless_arena_tasks as tasks
import pytest
from forkless._pool import outbox
from forkless._pool.envelope import LARGE, Parcel, accept
from forkless.pool import Pool, PoolError, WorkerDied

SIZE = 1 << 20


@pytest.fixture
def pool() -> Iterator[Pool]:
    with Pool(1, mp_context=multiprocessing.get_all_start_methods()[0]) as one:
        yield one


def _arena(pool: Pool) -> Any:
    arena = pool._core.arena
    assert arena is not None
    return arena


def _pattern(size: int) -> bytes:
    return bytes(range(251)) * (size // 251 + 1)


@pytest.mark.parametrize("size", [LARGE - 1, LARGE, SIZE + 1, 1 << 23])
def test_bytes_and_texts_arrive(pool: Pool, size: int) -> None:
    content = _pattern(size)[:size]
    for value in (content, bytearray(content), content.decode("latin1"), [content, content]):
        back = pool.apply(tasks.keep, (value,)), pool.apply(tasks.kept)
        assert back == (1, [value])


def test_arrays_arrive_and_can_be_written_to_where_the_original_can(pool: Pool) -> None:
    numpy = pytest.importorskip("numpy")
    array = numpy.arange(SIZE // 8, dtype="f8").reshape(16, -1, order="F")
    for one in (array, array[:, ::2], array.T, array.view(">f8"), array.view("i4,f4")):
        pool.apply(tasks.keep, (one,))
        (back,) = pool.apply(tasks.kept)
        assert (back.dtype, back.shape) == (one.dtype, one.shape)
        assert (back == one).all()
        back[:] = 0
    assert pool.apply(tasks.writeable, (array,)) == (True, float(array.sum()))
    array.flags.writeable = False
    assert pool.apply(tasks.writeable, (array,)) == (False, float(array.sum()))


def test_a_worker_that_writes_to_its_argument_changes_nothing_here(pool: Pool) -> None:
    numpy = pytest.importorskip("numpy")
    mine = numpy.zeros(SIZE)
    theirs = pool.apply(tasks.fill, (mine, 5.0))
    assert (mine.max(), theirs.min()) == (0, 5)
    again = pool.apply(tasks.fill, (theirs, 6.0))
    assert (theirs.max(), again.min()) == (5, 6)


@pytest.mark.skipif(sys.platform != "linux", reason="reads the maps of the process")
def test_large_results_lie_in_huge_pages_and_nobody_elses(pool: Pool) -> None:
    numpy = pytest.importorskip("numpy")
    torch = pytest.importorskip("torch")
    mine = numpy.ones((33 << 20) // 8)
    array = pool.apply(tasks.fill, (mine, 2.0))
    tensor = pool.apply(tasks.fill, (torch.from_numpy(mine), 3.0))
    assert (array.min(), array.max(), float(tensor.min()), mine.max()) == (2, 2, 3, 1)
    for address in (array.ctypes.data, tensor.data_ptr()):
        flags = _flags(address + (16 << 20))
        assert "hg" in flags  # MADV_HUGEPAGE
        assert "sh" not in flags  # a fork of this process has its own
    assert len(tensor.resize_(5 << 20)) == 5 << 20


def _flags(address: int) -> list[str]:
    """VmFlags of the mapping that holds this address."""
    holds = False
    for line in Path("/proc/self/smaps").read_text(encoding="utf-8").splitlines():
        word = line.split()[0]
        if "-" in word and not word.endswith(":"):
            first, end = (int(part, 16) for part in word.split("-"))
            holds = first <= address < end
        elif holds and word == "VmFlags:":
            return line.split()[1:]
    raise LookupError(hex(address))


def test_what_is_changed_after_it_was_sent_arrives_as_it_was(pool: Pool) -> None:
    numpy = pytest.importorskip("numpy")
    mine = numpy.zeros(SIZE)
    sent = [pool.apply_async(tasks.fill, (mine[:], 0.0)) for _ in range(3)]
    mine[:] = 7
    assert [result.get().max() for result in sent] == [0, 0, 0]


def test_what_a_worker_keeps_stays_what_it_was(pool: Pool) -> None:
    numpy = pytest.importorskip("numpy")
    for value in range(4):
        pool.apply(tasks.keep, (numpy.full(SIZE, value),))
    for _ in range(4):
        pool.apply(tasks.ignore, (numpy.full(SIZE, 99),))
    assert [(one.min(), one.max()) for one in pool.apply(tasks.kept)] == [
        (value, value) for value in range(4)
    ]


def test_memory_of_messages_is_used_again(pool: Pool) -> None:
    for _ in range(30):
        pool.apply(tasks.ignore, (bytes(SIZE),))
    assert _arena(pool).in_use() == 0
    assert _arena(pool)._committed <= 8 * SIZE


def test_results_that_nobody_asked_for_give_their_memory_back(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends: list[int] = []

    def spy(message: Any, window: Any) -> Any:
        taken = accept(message, window)
        if isinstance(taken, Parcel):
            ends.extend(lease._block.end for lease in taken._leases)
        return taken

    monkeypatch.setattr(outbox, "accept", spy)
    for _ in range(30):
        pool.apply_async(tasks.filled, (SIZE, 1)).wait()
    assert len(ends) == 30
    assert max(ends) <= 8 * SIZE


def test_a_result_outlives_worker_and_pool(pool: Pool) -> None:
    results = [pool.apply_async(tasks.filled, (SIZE, value)) for value in (1, 2)]
    for result in results:
        result.wait()
    pool.terminate()
    assert [result.get() for result in results] == [b"\1" * SIZE, b"\2" * SIZE]


def test_what_a_dead_worker_held_is_used_again_and_its_neighbours_are_whole(pool: Pool) -> None:
    values = [bytes([number]) * SIZE for number in range(6)]
    calls = [(value, 2) for value in values]
    with pytest.raises(WorkerDied):
        pool.starmap(tasks.die_at, calls, chunksize=6)
    sums = list(pool.imap(tasks.ignore, values, chunksize=3))
    assert len(sums) == 6
    with pytest.raises(WorkerDied):
        pool.apply(tasks.die_at, (values[2], 2))
    stream = [pool.apply_async(tasks.die_at, call) for call in calls if call[0][0] != 2]
    assert [result.get() for result in stream] == [0, 2, 6, 8, 10]
    pool.apply(tasks.ignore, (0,))  # a worker that is new, so that the dead one is buried
    assert _arena(pool).in_use() == 0


def test_a_repeated_task_gets_what_was_sent(pool: Pool, tmp_path: Path) -> None:
    numpy = pytest.importorskip("numpy")
    path = str(tmp_path / "died")
    mine = numpy.ones(SIZE)
    assert pool.apply(tasks.spoil_and_die_once, (mine, path), retries=1) == SIZE
    (tmp_path / "died").unlink()
    calls = [(mine, path), (mine * 2, path)]
    assert pool.starmap(tasks.spoil_and_die_once, calls, retries=1) == [SIZE, 2 * SIZE]


def test_arguments_that_cannot_be_pickled_leave_nothing_in_the_arena(pool: Pool) -> None:
    for _ in range(3):
        with pytest.raises(Exception, match="pickle"):
            pool.apply(tasks.ignore, ((bytearray(SIZE), threading.Lock()),))
    assert _arena(pool).in_use() == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_fork_of_the_program_is_told_that_it_has_no_result(pool: Pool) -> None:
    assert sys.platform != "win32"
    result = pool.apply_async(tasks.filled, (SIZE, 3))
    result.wait()
    child = os.fork()
    if not child:
        try:
            result.get()
        except PoolError as error:
            os._exit(7 if "before the fork" in str(error) else 8)
        os._exit(9)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert result.get() == b"\3" * SIZE


_PROGRAM = """
import contextlib, os, resource, sys
import forkless_arena_tasks as tasks
from forkless.pool import Pool

def limit(name, value):
    resource.setrlimit(name, (value, resource.getrlimit(name)[1]))

if __name__ == "__main__":
    if sys.argv[1] == "files are small":
        limit(resource.RLIMIT_FSIZE, 1 << 20)
    pool = Pool(1, mp_context=sys.argv[2])
    if sys.argv[1] == "no descriptor is left":
        pool.apply(tasks.ignore, (0,))
        limit(resource.RLIMIT_NOFILE, 64)
        with contextlib.suppress(OSError):
            while True:
                os.open(os.devnull, os.O_RDONLY)
    for value in range(5):
        assert pool.apply(tasks.filled, (8 << 20, value)) == bytes([value]) * (8 << 20)
        assert pool.apply(tasks.keep, (bytearray(8 << 20),)) == value + 1
    print("arena" if pool._core.arena else "no arena")
    pool.terminate()
    pool.join()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are POSIX")
@pytest.mark.parametrize(
    ("limit", "printed"), [("files are small", "no arena"), ("no descriptor is left", "arena")]
)
def test_a_pool_at_a_limit_goes_on(limit: str, printed: str) -> None:
    method = multiprocessing.get_all_start_methods()[0]
    program = subprocess.run(
        [sys.executable, "-c", _PROGRAM, limit, method],
        cwd=os.path.dirname(__file__),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (program.returncode, program.stdout.strip()) == (0, printed), program.stderr
