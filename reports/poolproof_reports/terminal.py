"""What commands print for people, on a terminal or into a pipe."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from rich.console import Console

UNREAD = 141  # as a shell says of a program that SIGPIPE has ended

_WIDTH = 140  # columns, where no terminal says how many there are


class _Console(Console):
    def on_broken_pipe(self) -> None:
        # Rich would raise SystemExit(1), which says that a rule is broken.
        raise BrokenPipeError("nobody reads its output any more")


def console(*, stderr: bool = False) -> Console:
    """A console for people: as wide as their terminal, colours on a terminal alone."""
    stream = sys.stderr if stderr else sys.stdout
    return _Console(stderr=stderr, width=None if stream.isatty() else _WIDTH, highlight=False)


def until_unread(command: Callable[[], int]) -> int:
    """Run a command and return its exit code: UNREAD once nobody reads its output (`| head`)."""
    try:
        code = command()
        sys.stdout.flush()  # nobody could catch what fails at the interpreter's end
        return code
    except BrokenPipeError:
        # https://docs.python.org/3/library/signal.html#note-on-sigpipe
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
        return UNREAD
