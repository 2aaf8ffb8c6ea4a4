"""Look at the reserve, fill it ahead of need, and end it."""

from __future__ import annotations

import os
from multiprocessing import process

from . import client, handoff, maker, preload
from .messages import Status
from .recipe import recipe_for


def warm_up(count: int = 1, *, wait: bool | float = False) -> None:
    """Start the server and keep at least *count* spares for what this process would start now.

    With ``wait=True`` returns when *count* spares are ready (at most 10 minutes), with a number
    within that many seconds.

    Raises ForkserverError when a preload fails, or when they are not ready in time.
    """
    seconds = 600.0 if wait is True else float(wait)
    preparation = handoff.prepare(process.current_process())
    environ = dict(os.environ)
    recipe = recipe_for(preparation, preload.current(), environ)
    client.warm_up(recipe, environ, count, seconds)


def set_reserve(size: int) -> None:
    """Keep *size* spares ready (default: the cores, at least 2, at most 8); 0 keeps none."""
    if size < 0:
        raise ValueError(f"a reserve of {size} spares cannot be kept; pass 0 or more")
    client.set_reserve(size)


def set_maker(name: str) -> None:
    """Choose how spares are made: ``"fork"`` (the default, on Linux alone) or ``"process"``.

    With ``"fork"`` the preload is done once, in a template, and each spare is forked from it in
    milliseconds and shares its memory. What does not survive a fork is noticed: threads, an OpenMP
    pool, CUDA, a main module that seeds a random generator. Then, with ``"process"``, and on other
    systems, each spare does the preload itself.

    Raises ForkserverError while a server runs.
    """
    if name not in (maker.FORK, maker.PROCESS):
        raise ValueError(f"maker {name!r} is not known; choose 'fork' or 'process'")
    client.set_maker(name)


def status() -> Status:
    """What this process's server holds; ``server_pid`` is None where none runs."""
    return client.status()


def shutdown() -> None:
    """End the server and its unused spares now; the next ``start()`` begins anew.

    Children that still run are not touched and report their exit by themselves; one that is killed
    by a signal after this has exit code 255.
    """
    client.shut_down()
