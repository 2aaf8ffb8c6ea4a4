"""A server fits its reserve to demand and memory; time and memory are what these tests say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import forkless
import forkless_targets as targets
import psutil
import pytest
from forkless import launch, preload
from test_forkless_process import WITHIN, ask

# Run first in each interpreter that forkless starts: a spare seems to take 100 MiB, time stands
# still until a file says that it is later, and other files say that memory is short.
BELIEFS = """
import os, sys
sys.path.append(sys.argv[1])
from forkless import demand, limits, reserve
from forkless.room import MIB, Available

def said(name):
    return os.path.exists(os.path.join({folder!r}, name))

def available_memory():
    size = 20 if said("none") else 450 if said("short") else 100_000
    return Available(size * MIB, "this test")

limits.available_memory = available_memory
limits.private_memory = lambda pid: 100 * MIB
demand.REMEMBERED = 1.0
reserve.Reserve.__init__.__defaults__ = (lambda: 1000.0 * said("later"),)
"""


class World:
    """What the server of this test believes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def say(self, name: str) -> None:
        (self._folder / name).touch()

    def take_back(self, name: str) -> None:
        (self._folder / name).unlink()


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    beliefs = BELIEFS.format(folder=str(tmp_path))
    monkeypatch.setattr(launch, "_BOOT", f"exec({beliefs!r}); {launch._BOOT}")
    return World(tmp_path)


@pytest.fixture
def context() -> Any:
    return forkless.get_context()


def start_at_once(context: Any, count: int) -> None:
    processes = [context.Process(target=targets.nothing) for _ in range(count)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(WITHIN)


def test_burst_is_met_the_next_time_and_an_idle_server_forgets_it_by_itself(
    world: World, context: Any
) -> None:
    forkless.set_reserve(1, most=3)
    start_at_once(context, 4)
    assert forkless.status().wished == 3
    forkless.warm_up(3, wait=True)
    forkless.set_reserve(1, most=3)
    kept = forkless.status()
    assert (len(kept.ready), kept.wished) == (3, 3)
    world.say("later")
    spares = [psutil.Process(pid) for pid in kept.ready]
    # Nobody speaks to the server now: it has to see by itself that time has passed.
    ended, _ = psutil.wait_procs(spares[1:], WITHIN)
    assert len(ended) == 2
    assert spares[0].is_running()
    left = forkless.status()
    assert (left.ready, left.wished) == (kept.ready[:1], 1)


def test_fixed_reserve_follows_no_demand(world: World, context: Any) -> None:
    forkless.set_reserve(2)
    start_at_once(context, 4)
    assert forkless.status().wished == 2


def test_default_follows_demand_and_can_be_returned_to(world: World, context: Any) -> None:
    forkless.set_reserve(0)
    start_at_once(context, 3)
    assert forkless.status().wished == 0
    forkless.set_reserve(None)
    assert forkless.status().wished == 3


def test_short_memory_caps_the_reserve_and_is_said(world: World, context: Any) -> None:
    world.say("short")
    text = "1 of 3 spares can be kept, capped by memory: 100 MiB a spare, 450 MiB available"
    with pytest.raises(forkless.ForkserverError, match=text):
        forkless.warm_up(3, wait=True)
    capped = forkless.status()
    assert (capped.reserve, capped.wished, len(capped.ready)) == (1, 3, 1)
    assert "this test" in capped.reason
    assert ask(context, targets.send, "alive") == "alive"
    world.take_back("short")
    forkless.warm_up(3, wait=True)
    assert forkless.status().reason == ""


def test_without_memory_for_a_single_spare_every_start_is_a_cold_one(
    world: World, context: Any
) -> None:
    world.say("none")
    with pytest.raises(forkless.ForkserverError, match="0 of 1 spares can be kept"):
        forkless.warm_up(1, wait=True)
    for _ in range(2):
        assert ask(context, targets.send, "alive") == "alive"
    status = forkless.status()
    assert (status.reserve, status.hits, status.cold_starts) == (0, 0, 2)


def test_full_cuda_device_caps_the_reserve(world: World, context: Any) -> None:
    before = preload.chosen()
    forkless.set_preload([targets.pretend_cuda])
    try:
        with pytest.raises(forkless.ForkserverError, match="1 of 4 spares can be kept"):
            forkless.warm_up(4, wait=True)
        assert "612 MiB a spare, 2,000 MiB available (its CUDA device)" in forkless.status().reason
    finally:
        preload.adopt(before)


@pytest.mark.parametrize(("size", "most"), [(-1, None), (3, 2), (None, 4)])
def test_reserve_that_cannot_be_is_refused(size: Any, most: Any) -> None:
    with pytest.raises(ValueError, match="cannot be kept; pass 0 or more"):
        forkless.set_reserve(size, most)
