"""resize(): more or fewer workers while tasks run; no running task is harmed."""

from __future__ import annotations

import multiprocessing
from multiprocessing import connection
from pathlib import Path

import forkless_pool_tasks as tasks
import pytest
from forkless.executor import Executor
from forkless.pool import Pool

METHODS = multiprocessing.get_all_start_methods()
LIMIT = 60


def _hold(pool: Pool, folder: Path, names: str) -> list[Path]:
    """Occupy one worker for each name until the file of that name exists."""
    gates = [folder / name for name in names]
    for gate in gates:
        pool.apply_async(tasks.announce_and_wait, (f"{gate}-began", str(gate)))
    for gate in gates:
        tasks.wait_for(f"{gate}-began")
    return gates


def test_a_larger_pool_runs_more_tasks_at_once(pool: Pool, tmp_path: Path) -> None:
    gates = _hold(pool, tmp_path, "ab")
    pool.resize(4)
    gates += _hold(pool, tmp_path, "cd")  # returns when all four run at the same time
    for gate in gates:
        gate.touch()
    assert pool.map(tasks.square, range(20)) == [x * x for x in range(20)]
    assert len(pool._pool) == 4


def test_a_smaller_pool_ends_idle_workers_and_harms_no_task(pool: Pool, tmp_path: Path) -> None:
    pool.resize(3)
    gates = _hold(pool, tmp_path, "abc")
    asked = [pool.apply_async(tasks.square, (x,)) for x in range(10)]
    processes = pool._pool
    pool.resize(1)
    assert connection.wait([one.sentinel for one in processes], timeout=0.2) == []
    for gate in gates:
        gate.touch()
    assert [one.get(LIMIT) for one in asked] == [x * x for x in range(10)]
    _wait_for_deaths([one.sentinel for one in processes], 2)
    assert len(set(pool.map(tasks.pid, range(20), 1))) == 1


def _wait_for_deaths(sentinels: list[int], count: int) -> None:
    for _ in range(count):
        ready = connection.wait(sentinels, LIMIT)
        assert ready, "too many workers"
        sentinels.remove(ready[0])  # type: ignore[arg-type]


def test_idle_workers_end_at_once() -> None:
    with Pool(4, mp_context=METHODS[0]) as pool:
        assert pool.map(tasks.square, range(4), 1) == [0, 1, 4, 9]
        sentinels = [one.sentinel for one in pool._pool]
        pool.resize(2)
        _wait_for_deaths(sentinels, 2)
        assert pool.map(tasks.square, range(4), 1) == [0, 1, 4, 9]
        pool.resize(3)
        pool.resize(1)
        pool.resize(2)
        assert pool.map(tasks.square, range(4), 1) == [0, 1, 4, 9]


def test_up_and_down_while_tasks_run_loses_none(tmp_path: Path) -> None:
    log = str(tmp_path / "log")
    with Pool(2, maxtasksperchild=5, mp_context=METHODS[0]) as pool:
        asked = []
        for turn in range(100):
            pool.resize(1 + turn % 4)
            asked.append(pool.apply_async(tasks.note, (log, turn)))
        assert [one.get(LIMIT) for one in asked] == list(range(100))
    runs = Path(log).read_text(encoding="ascii").split()
    assert sorted(map(int, runs)) == list(range(100))


def test_bad_sizes_and_closed_pools_are_refused() -> None:
    with Pool(1, mp_context=METHODS[0]) as pool:
        with pytest.raises(ValueError, match="at least 1"):
            pool.resize(0)
        pool.close()
        with pytest.raises(ValueError, match="Pool not running"):
            pool.resize(2)


def test_an_executor_can_be_resized(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    with Executor(1, METHODS[0]) as executor:
        executor.resize(2)
        held = [
            executor.submit(tasks.announce_and_wait, str(tmp_path / name), str(gate))
            for name in "ab"
        ]
        for name in "ab":
            tasks.wait_for(str(tmp_path / name))
        gate.touch()
        assert len({one.result(LIMIT) for one in held}) == 2
