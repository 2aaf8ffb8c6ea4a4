"""What the RACE rules on waking, order and visibility run in processes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from poolproof import journal
from poolproof.gate import Address, wait_at
from poolproof.history import Kind
from poolproof.plan import JSON
from poolproof.yields import give_way

# Nobody sleeps that long but one whose wake-up is lost: the other side acts at once.
ASLEEP_S = 1.5
_LOOKS = 1_000  # as many as take longer than it takes to wake up


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
    address: Address, ring: list[Any], folder: str, member: int, members: int, rounds: int
) -> None:
    """Wait in every round for its event; set every one that is this member's.

    A wait that runs out is the last: forty of them would outlast every deadline.
    """
    wait_at(address)
    for number in range(rounds):
        if number % members == member:
            set_in_ring(ring, number)
            journal.record(folder, Kind.OK, "notify", number)
        event = ring[number % len(ring)]
        journal.record(folder, Kind.INVOKE, "wait", [member, number])
        woken, is_set = bool(event.wait(ASLEEP_S)), event.is_set()
        journal.record(folder, Kind.OK, "wait", [member, number], [woken, is_set])
        if not woken:
            break


def set_in_ring(ring: Sequence[Any], number: int) -> None:
    """Set the event of this round, after the next one's was cleared for those who will wait for it.

    There is one more than members, who set them in turn and wait for all. So each of the others
    has set one after the round that the next event was last used in, and is past that round.
    """
    ring[(number + 1) % len(ring)].clear()
    ring[number % len(ring)].set()


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


def publish(address: Address, slots: Any, guard: Any, version: Any, seen: Any, rounds: int) -> None:
    """Write a new version into every slot, then its number, all of it under the lock.

    Each is left to stand until all have seen it, or for a moment: a lock is not fair, and who
    takes it again at once is often alone with it to the end. (They are looked at in a loop, as
    whatever wakes a process orders memory too, and would hide a lock that does not.)
    """
    wait_at(address)
    for number in range(1, rounds + 1):
        with guard:
            for place in range(len(slots)):
                slots[place] = number
            version.value = number
        for _ in range(_LOOKS):
            if min(seen) == number:
                break
            give_way()


def observe(
    address: Address,
    slots: Any,
    guard: Any,
    version: Any,
    seen: Any,
    folder: str,
    member: int,
    rounds: int,
) -> None:
    """Whenever the version is another one, read it and the slots under the lock; until the last."""
    wait_at(address)
    while seen[member] < rounds:
        if version.value == seen[member]:
            give_way()
            continue
        with guard:
            now, found = version.value, list(slots)
        journal.record(folder, Kind.OK, "observe", now, found)
        seen[member] = now


def _recorded(folder: str, op: str, key: JSON, act: Any) -> Any:
    journal.record(folder, Kind.INVOKE, op, key)
    value = act()
    journal.record(folder, Kind.OK, op, key, value)
    return value
