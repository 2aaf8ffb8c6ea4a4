"""What the nemesis does to processes is what was planned, and nobody stays paused."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import psutil
import pytest
from poolproof.nemesis import disturbed
from poolproof.yields import Yields


def act(name: str, who: int = 0, for_us: int = 100) -> dict[str, Any]:
    return {"act": name, "who": who, "after_us": 0, "for_us": for_us}


@pytest.fixture
def victim() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


class Recorded:
    """Stands in for psutil.Process, and does nothing."""

    done: ClassVar[list[str]] = []

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def suspend(self) -> None:
        self.done.append(f"suspend {self.pid}")

    def resume(self) -> None:
        self.done.append(f"resume {self.pid}")

    def kill(self) -> None:
        self.done.append(f"kill {self.pid}")

    def cpu_affinity(self, cores: Sequence[int] = ()) -> Sequence[int]:
        if cores:
            self.done.append(f"pin {self.pid} to {cores}")
        return [3, 4]


def test_each_act_is_done_to_its_process_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "Process", Recorded)
    with disturbed([7, 8], [act("pause"), act("pin", 1), act("kill", 2), act("slow", 3)]):
        pass
    assert Recorded.done[:4] == ["suspend 7", "resume 7", "pin 8 to [3]", "kill 7"]
    assert Recorded.done[4:] == ["suspend 8", "resume 8"] * 5


def test_paused_process_goes_on_afterwards(victim: subprocess.Popen[bytes]) -> None:
    with disturbed([victim.pid], [act("pause"), act("slow")]):
        pass
    victim.communicate(b"\n", timeout=60)
    assert victim.returncode == 0


def test_pinned_process_has_one_core(victim: subprocess.Popen[bytes]) -> None:
    cores = getattr(psutil.Process(victim.pid), "cpu_affinity", None)
    if cores is None:
        pytest.skip("this system pins no process")
    with disturbed([victim.pid], [act("pin")]):
        pass
    assert len(cores()) == 1


def test_killed_process_is_past_being_paused(victim: subprocess.Popen[bytes]) -> None:
    with disturbed([victim.pid], [act("kill")]):
        pass
    assert victim.wait(60) != 0
    with disturbed([victim.pid], [act("pause"), act("slow"), act("pin"), act("kill")]):
        pass


def test_act_that_nobody_knows_is_an_error() -> None:
    with (
        pytest.raises(KeyError, match="tickle"),
        disturbed([psutil.Process().pid], [act("tickle")]),
    ):
        pass


def test_yields_follow_their_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)

    def pauses(seed: int, member: int) -> list[float]:
        slept.clear()
        yields = Yields(seed, member, longest_us=1_000)
        for _ in range(100):
            yields.here()
        return list(slept)

    assert pauses(1, 0) == pauses(1, 0)
    assert pauses(1, 0) != pauses(1, 1)
    assert 0 < len(pauses(1, 0)) < 100
    assert all(0 <= pause <= 1e-3 for pause in pauses(1, 0))
