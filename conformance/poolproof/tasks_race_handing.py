"""What the RACE rule on handing over runs: a block is written, and somebody is told by a primitive.

A process records the tokens that it sends before it sends them, and those that it receives after
it did, so that `happens_before` knows no order that was not there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from poolproof import journal
from poolproof.gate import Address, wait_at
from poolproof.history import Kind
from poolproof.plan import JSON
from poolproof.tasks_race_order import set_in_ring
from poolproof.yields import Yields


@dataclass(frozen=True)
class Member:
    """One of the processes: where it records, who it is, and when it gives the processor away."""

    folder: str
    number: int
    members: int
    seed: int

    def note(self, act: str, what: JSON, value: JSON = None) -> None:
        """Record a step."""
        journal.record(self.folder, Kind.INFO, act, what, value)


@dataclass(frozen=True)
class Exclusive:
    """Lock, RLock, Semaphore: whoever holds it reads the one block and writes the next version."""

    guard: Any

    def play(self, me: Member, way: int, slots: Any, rounds: int, yields: Yields) -> None:
        """Take turns, in any order."""
        for _ in range(rounds):
            with self.guard:
                me.note("receive", [way, "guard"])
                seen = slots[:]
                me.note("read", [way, 0], sorted(set(seen)))
                yields.here()
                me.note("write", [way, 0])
                slots[:] = [seen[0] + 1] * len(seen)
                me.note("send", [way, "guard"])


class Signal(Protocol):
    """Tells all other members of a round."""

    def tell(self, me: Member, turn: int) -> None:
        """Its block is written."""

    def hear(self, me: Member, turn: int) -> int:
        """Wait until somebody tells; of which round."""


@dataclass(frozen=True)
class Signalled:
    """A process writes a round's block and tells the others, who read it; then another one does."""

    signal: Signal

    def play(self, me: Member, way: int, slots: Any, rounds: int, yields: Yields) -> None:
        """Write every block whose turn is this member's; read the others."""
        words = len(slots) // rounds
        for turn in range(rounds):
            if turn % me.members == me.number:
                me.note("write", [way, turn])
                slots[turn * words : (turn + 1) * words] = [turn + 1] * words
                yields.here()
                me.note("send", [way, turn])
                self.signal.tell(me, turn)
            else:
                told = self.signal.hear(me, turn)
                me.note("receive", [way, told])
                block = slots[told * words : (told + 1) * words]
                me.note("read", [way, told], sorted(set(block)))


@dataclass(frozen=True)
class ByEvent:
    """An event a round, of some that go round."""

    ring: Sequence[Any]

    def tell(self, me: Member, turn: int) -> None:
        set_in_ring(self.ring, turn)

    def hear(self, me: Member, turn: int) -> int:
        self.ring[turn % len(self.ring)].wait()
        return turn


@dataclass(frozen=True)
class ByCondition:
    """One condition, and which rounds are written.

    (Not how many: of two who write at once, as none should, the second would take back what the
    first has said, and a fault would come out as a hang.)
    """

    condition: Any
    written: Any

    def tell(self, me: Member, turn: int) -> None:
        with self.condition:
            self.written[turn] = 1
            self.condition.notify_all()

    def hear(self, me: Member, turn: int) -> int:
        with self.condition:
            self.condition.wait_for(lambda: self.written[turn])
        return turn


@dataclass(frozen=True)
class ByBarrier:
    """All come to one barrier in every round."""

    barrier: Any

    def tell(self, me: Member, turn: int) -> None:
        self.barrier.wait()

    def hear(self, me: Member, turn: int) -> int:
        self.barrier.wait()
        return turn


@dataclass(frozen=True)
class ByQueue:
    """A queue a reader; two writers' items may come in any order."""

    queues: Sequence[Any]

    def tell(self, me: Member, turn: int) -> None:
        for number, queue in enumerate(self.queues):
            if number != me.number:
                queue.put(turn)

    def hear(self, me: Member, turn: int) -> int:
        return int(self.queues[me.number].get())


@dataclass(frozen=True)
class ByPipe:
    """A pipe for each writer and reader."""

    pipes: Mapping[tuple[int, int], tuple[Any, Any]]  # its ends: reading, writing

    def tell(self, me: Member, turn: int) -> None:
        for (writer, _), (_, end) in self.pipes.items():
            if writer == me.number:
                end.send(turn)

    def hear(self, me: Member, turn: int) -> int:
        return int(self.pipes[turn % me.members, me.number][0].recv())


def hand_over(
    address: Address,
    ways: Sequence[tuple[Exclusive | Signalled, Any]],
    me: Member,
    rounds: int,
    longest_us: int,
) -> None:
    """Play every way in turn, each on its own slots."""
    yields = Yields(me.seed, me.number, longest_us)
    wait_at(address)
    for number, (way, slots) in enumerate(ways):
        way.play(me, number, slots, rounds, yields)
