"""The allocator of an arena against a model that knows each byte."""

from __future__ import annotations

from forkless.arena.allocator import GRAIN, Allocator, Block
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

FIRST = GRAIN
PAGES = 12
SLOTS = 5
LESSEES = st.sampled_from(["one", "other"])


class Model(RuleBasedStateMachine):
    """Who sees which block: `kept` by the owner, `lent` to somebody. The rest must be free."""

    kept = Bundle("kept")
    lent = Bundle("lent")  # to be asked for by `returned`; reclaimed ones stay in it

    def __init__(self) -> None:
        super().__init__()
        self.allocator = Allocator(FIRST, PAGES * GRAIN, SLOTS)
        self.keepers: dict[Block, bool] = {}
        self.lessees: dict[Block, str] = {}
        self.seen: set[tuple[int, int]] = set()

    def visible(self) -> set[Block]:
        return {block for block, keeps in self.keepers.items() if keeps} | set(self.lessees)

    def free_runs(self, below: int) -> list[int]:
        """Lengths of the runs of free pages that end at `below` at the latest."""
        taken = [False] * PAGES
        for block in self.visible():
            for page in range(
                (block.first - FIRST) // GRAIN, (block.first + block.size - FIRST) // GRAIN
            ):
                taken[page] = True
        limit = max(0, min(PAGES, (below - FIRST) // GRAIN))
        runs = [0]
        for page in range(limit):
            if taken[page]:
                runs.append(0)
            else:
                runs[-1] += 1
        return runs

    @rule(target=kept, size=st.integers(0, 5 * GRAIN), below=st.integers(0, PAGES + 2))
    def allocate(self, size: int, below: int) -> Block:
        end = FIRST + below * GRAIN
        needed = -(-max(size, 1) // GRAIN)
        possible = max(self.free_runs(end)) >= needed and len(self.visible()) < SLOTS
        block = self.allocator.allocate(size, end)
        assert (block is not None) == possible
        if block is None:
            return None  # type: ignore[return-value]
        assert block.first >= FIRST
        assert block.end <= min(end, FIRST + PAGES * GRAIN)
        assert block.size == needed * GRAIN
        assert block.first % GRAIN == 0
        for other in self.visible():
            assert (
                block.first + block.size <= other.first or other.first + other.size <= block.first
            )
            assert block.slot != other.slot
        assert (block.slot, block.stamp) not in self.seen
        self.seen.add((block.slot, block.stamp))
        self.keepers[block] = True
        return block

    @rule(target=lent, block=kept, lessee=LESSEES)
    def lend(self, block: Block | None, lessee: str) -> Block | None:
        if block is None or block in self.lessees or not self.keepers.get(block):
            return None
        self.allocator.lend(block, lessee)
        self.lessees[block] = lessee
        return block

    @rule(block=consumes(kept))
    def drop(self, block: Block | None) -> None:
        if block is not None:
            self.allocator.drop(block)
            self.keepers[block] = False

    @rule(block=consumes(lent))
    def give_back(self, block: Block | None) -> None:
        if block in self.lessees:
            self.allocator.returned(block)
            del self.lessees[block]

    @rule(lessee=LESSEES)
    def die(self, lessee: str) -> None:
        self.allocator.reclaim(lessee)
        self.lessees = {block: who for block, who in self.lessees.items() if who != lessee}

    @invariant()
    def knows_what_is_lent(self) -> None:
        assert set(self.allocator.lent()) == set(self.lessees)
        assert self.allocator.in_use() == len(self.visible())

    def teardown(self) -> None:
        """When nobody sees anything any more, all of it is one free piece again."""
        for block in [block for block, keeps in self.keepers.items() if keeps]:
            self.allocator.drop(block)
        for lessee in ("one", "other"):
            self.allocator.reclaim(lessee)
        whole = self.allocator.allocate(PAGES * GRAIN, FIRST + PAGES * GRAIN)
        assert whole is not None
        assert (whole.first, whole.size) == (FIRST, PAGES * GRAIN)


TestAllocator = Model.TestCase
TestAllocator.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


def test_a_stamp_comes_back_after_all_others_only() -> None:
    allocator = Allocator(0, GRAIN, 1)
    stamps = []
    for _ in range(1000):
        block = allocator.allocate(1, GRAIN)
        assert block is not None
        stamps.append(block.stamp)
        allocator.drop(block)
    assert len(set(stamps)) == 1000
    assert 0 not in stamps  # which is what a word holds before anybody wrote to it
