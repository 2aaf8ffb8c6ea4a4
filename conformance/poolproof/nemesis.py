"""Makes processes meet that would miss each other: pauses, slows, pins and kills them, as planned.

Guarantees:
    - What it does is the plan's: the same acts on the same processes in the same order. When they
      fall is the machine's.
    - When it is done, no process is paused (one that it killed is dead).
Assumes:
    - One thread of the stage owns it; the processes may end at any time.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from poolproof.plan import JSON

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_SLICES = 5  # of a slow process: as long paused as not


def troubles(*acts: str, most: int = 3) -> SearchStrategy[list[JSON]]:
    """Draws a few acts on processes, by number, with times in microseconds."""
    from hypothesis import strategies as st

    act = st.fixed_dictionaries(
        {
            "act": st.sampled_from(sorted(acts or ("pause", "slow", "pin"))),
            "who": st.integers(0, 3),
            "after_us": st.sampled_from([0, 200, 2_000]),
            "for_us": st.sampled_from([100, 2_000, 20_000]),
        }
    )
    return st.lists(act, max_size=most)


@contextmanager
def disturbed(pids: Sequence[int], plan: Sequence[JSON]) -> Iterator[None]:
    """Do what is planned to the processes `pids`, beside what happens inside."""
    with ThreadPoolExecutor(1, "nemesis") as thread:
        done = thread.submit(_disturb, pids, plan)
        yield
    done.result()


def _disturb(pids: Sequence[int], plan: Sequence[JSON]) -> None:
    import psutil

    for step in plan:
        time.sleep(step["after_us"] / 1e6)  # when it strikes: waits for nothing
        # One that has ended is past being disturbed; one that is ending, Windows denies.
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            victim = psutil.Process(pids[step["who"] % len(pids)])
            _ACTS[step["act"]](victim, step["for_us"] / 1e6)


def _pause(victim: Any, seconds: float) -> None:
    victim.suspend()
    try:
        time.sleep(seconds)  # so long is the pause
    finally:
        victim.resume()


def _slow(victim: Any, seconds: float) -> None:
    for _ in range(_SLICES):
        _pause(victim, seconds / _SLICES)
        time.sleep(seconds / _SLICES)


def _pin(victim: Any, _seconds: float) -> None:
    """To the first of its cores, which it shares with all others who are pinned."""
    if hasattr(victim, "cpu_affinity"):  # macOS has none
        victim.cpu_affinity(victim.cpu_affinity()[:1])


def _kill(victim: Any, _seconds: float) -> None:
    victim.kill()


_ACTS: dict[str, Callable[[Any, float], None]] = {
    "pause": _pause,
    "slow": _slow,
    "pin": _pin,
    "kill": _kill,
}
