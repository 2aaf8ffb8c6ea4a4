"""Wrong contexts for START: a child that the system knows as something else than its caller."""

from __future__ import annotations

import os
from functools import cache, partial

from poolproof.saboteurs.contexts import After, Target, bad_children, bad_targets
from poolproof.tasks_start_system import (
    cores,
    umask,
    unblock_all,
    use_cores,
)


@cache
def _first_streams() -> tuple[int, int]:
    return os.dup(1), os.dup(2)


@cache
def _first_umask() -> int:
    return umask()


@cache
def _first_cores() -> tuple[int, ...]:
    return tuple(cores())


def _stale_streams(target: Target) -> Target:
    return After(partial(_lead_to, *_first_streams()), target)


def _lead_to(out: int, err: int) -> None:
    os.dup2(out, 1)
    os.dup2(err, 2)


def _stale_umask(target: Target) -> Target:
    return After(partial(os.umask, _first_umask()), target)


def _stale_cores(target: Target) -> Target:
    return After(partial(use_cores, _first_cores()), target)


SABOTEURS = (
    bad_targets(
        "START-14",
        "keeps-the-first-streams",
        "Every child writes where descriptors 1 and 2 led when the first one was made.",
        "the file has ''",
        _stale_streams,
    ),
    bad_targets(
        "START-15",
        "keeps-the-first-umask",
        "Every child has the umask with which the first one was made.",
        "umask is",
        _stale_umask,
    ),
    bad_targets(
        "START-16",
        "keeps-the-first-processors",
        "Every child runs on the processors with which the first one was made.",
        "the list of usable processors is",
        _stale_cores,
    ),
    bad_children(
        "START-17",
        "unblocks-signals",
        "No signal is blocked in a child.",
        "that of blocked signals is",
        unblock_all,
    ),
)
