"""What the RACE rules on waking, order and visibility run in processes."""

from __future__ import annotations

import time
from typing import Any

from poolproof import journal
from poolproof.gate import Address, wait_at
from poolproof.history import Kind
from poolproof.plan import JSON

# Nobody sleeps that long but one whose wake-up is lost: the other side acts at once.
ASLEEP_S = 1.5


def pass_turns(
    address: Address, condition: Any, turn: Any, folder: str, member: int, members: int, rounds: int
) -> None:
    """Wait for every turn that is this member's, and hand on to the next one by notify_all()."""
    wait_at(address)
    for mine in range(member, members * rounds, members):
        with condition:
            while turn.value != mine:
                journal.record(folder, Kind.INVOKE, "wait", mine)
                woken = condition.wait(ASLEEP_S)
                journal.record(folder, Kind.OK, "wait", mine, bool(woken))
            turn.value += 1
            condition.notify_all()
            journal.record(folder, Kind.OK, "notify", mine + 1)


def pass_events(
    address: Address, events: list[Any], folder: str, member: int, members: int
) -> None:
    """Wait for each event in turn; set every event that is this member's.

    A wait that slept past its event is the last: forty of them would outlast every deadline.
    """
    wait_at(address)
    for number, event in enumerate(events):
        if number % members == member:
            event.set()
            journal.record(folder, Kind.OK, "notify", number)
        journal.record(folder, Kind.INVOKE, "wait", [member, number])
        woken, is_set = bool(event.wait(ASLEEP_S)), event.is_set()
        journal.record(folder, Kind.OK, "wait", [member, number], [woken, is_set])
        if is_set and not woken:
            break
    for event in events[member::members]:  # those who still wait for one go on
        event.set()


def meet(address: Address, barrier: Any, folder: str, member: int, rounds: int) -> None:
    """Come to the barrier `rounds` times."""
    wait_at(address)
    for turn in range(rounds):
        journal.record(folder, Kind.INVOKE, "meet", [turn, member])
        index = barrier.wait()
        journal.record(folder, Kind.OK, "meet", [turn, member], index)


def try_places(address: Address, semaphore: Any, folder: str, member: int, rounds: int) -> None:
    """Try to get a place without waiting for it, and give it back."""
    wait_at(address)
    for turn in range(rounds):
        if _recorded(folder, "acquire", [member, turn], lambda: bool(semaphore.acquire(False))):
            _recorded(folder, "release", [member, turn], semaphore.release)


def put_stamped(address: Address, queue: Any, folder: str, member: int, items: int) -> None:
    """Put numbered items, and record when."""
    wait_at(address)
    for number in range(items):
        item = [member, number]
        journal.record(folder, Kind.INVOKE, "put", item, item)
        queue.put(item)
        journal.record(folder, Kind.OK, "put", item)


def get_stamped(address: Address, queue: Any, folder: str, member: int) -> None:
    """Get until None comes, and record what and when."""
    wait_at(address)
    turn = 0
    while True:
        key = [member, turn]
        journal.record(folder, Kind.INVOKE, "get", key)
        item = queue.get()
        if item is None:
            return
        journal.record(folder, Kind.OK, "get", key, item)
        turn += 1


def publish(address: Address, slots: Any, guard: Any, version: Any, rounds: int) -> None:
    """Write a new version into every slot, then its number, all of it under the lock."""
    wait_at(address)
    for number in range(1, rounds + 1):
        with guard:
            for place in range(len(slots)):
                slots[place] = number
            version.value = number


def observe(
    address: Address, slots: Any, guard: Any, version: Any, folder: str, rounds: int
) -> None:
    """Read version and slots under the lock until the last one was seen."""
    wait_at(address)
    seen = -1
    while seen < rounds:
        with guard:
            now = version.value
            found = list(slots) if now != seen else []
        if now != seen:
            journal.record(folder, Kind.OK, "observe", now, found)
            seen = now
        time.sleep(0)  # let the other one have it


def _recorded(folder: str, op: str, key: JSON, act: Any) -> Any:
    journal.record(folder, Kind.INVOKE, op, key)
    value = act()
    journal.record(folder, Kind.OK, op, key, value)
    return value
