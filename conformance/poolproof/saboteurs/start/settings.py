"""Wrong contexts for START: what multiprocessing knows in a child is not what it should."""

from __future__ import annotations

import logging
import multiprocessing
import random
from functools import cache, partial

from poolproof.saboteurs.contexts import After, Target, bad_children, bad_targets


@cache
def _first_key() -> bytes:
    return bytes(multiprocessing.current_process().authkey)


def _stale_key(target: Target) -> Target:
    return After(partial(_take_key, _first_key()), target)


def _take_key(key: bytes) -> None:
    multiprocessing.current_process().authkey = key


def _prefer_spawn() -> None:
    multiprocessing.set_start_method("spawn", force=True)


def _log_all() -> None:
    multiprocessing.get_logger().setLevel(logging.NOTSET)


SABOTEURS = (
    bad_targets(
        "START-11",
        "keeps-the-first-authkey",
        "Every child has the authkey with which the first one was made.",
        "the hash of authkey is",
        _stale_key,
    ),
    bad_children(
        "START-25",
        "spawns-grandchildren",
        "In a child the default start method is spawn.",
        "and 'spawn' in the child",
        _prefer_spawn,
    ),
    bad_children(
        "START-26",
        "seeds-the-dice",
        "In every child the module random begins with seed 0.",
        "drew the same random numbers",
        partial(random.seed, 0),
    ),
    bad_children(
        "START-33",
        "forgets-the-log-level",
        "In a child multiprocessing's logger has no level.",
        "the level of multiprocessing's logger is",
        _log_all,
    ),
)
