"""The memory that a pool and one worker share: a page for the outbox, and an arena of each."""

from __future__ import annotations

from typing import NamedTuple

from ..arena.arena import Arena, Window, make_segment
from ..arena.segment import Segment
from .page import Page


class Shared(NamedTuple):
    """What a worker is started with. The arenas are missing where the system denies them."""

    page: Page
    arguments: Segment | None  # of the pool's arena
    results: Segment | None  # of the worker's own

    @classmethod
    def make(cls, arguments: Arena | None) -> Shared:
        segment = None if arguments is None else arguments.segment
        return cls(Page(), segment, make_segment())

    def handed_over(self) -> None:
        """The worker has it, or there will be none."""
        self.page.handed_over()
        if self.results is not None:
            self.results.handed_over()


class WorkerMemory:
    """The worker's ends of both arenas."""

    def __init__(self, shared: Shared) -> None:
        self.window = None if shared.arguments is None else Window(shared.arguments)
        self.arena = None if shared.results is None else Arena(shared.results)
