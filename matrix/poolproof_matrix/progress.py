"""Tell what a long set-up is doing, on stderr, with the seconds since it began."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Progress:
    """Prints one line when a step begins and one when it has ended."""

    quiet: bool = False
    began: float = field(default_factory=time.monotonic)
    steps: list[tuple[str, float]] = field(default_factory=list)
    """Title and duration in seconds of each step that has ended."""

    def say(self, text: str) -> None:
        """Print one line, unless quiet."""
        if not self.quiet:
            elapsed = time.monotonic() - self.began
            print(f"[wine {elapsed:5.1f}s] {text}", file=sys.stderr, flush=True)

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Announce a step; remember how long it took once it has succeeded."""
        self.say(f"{title} ...")
        start = time.monotonic()
        yield
        seconds = time.monotonic() - start
        self.steps.append((title, seconds))
        self.say(f"{title}: done in {seconds:.1f} s")
