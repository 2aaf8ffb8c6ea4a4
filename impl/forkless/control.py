"""Look at the reserve, fill it ahead of need, and end it."""

from __future__ import annotations

from multiprocessing import process

from . import client, environment, handoff, messages, overview, preload
from .messages import Bounds, Status
from .recipe import recipe_for


def warm_up(count: int = 1, *, wait: bool | float = False) -> None:
    """Start the server and keep at least *count* spares for what this process would start now.

    The server keeps that many from now on, unless memory is short or ``set_reserve()`` says less.

    With ``wait=True`` returns when *count* spares are ready (at most 10 minutes), with a number
    within that many seconds.

    Raises ForkserverError when a preload fails, when there is no memory for so many spares, or when
    they are not ready in time.
    """
    seconds = 600.0 if wait is True else float(wait)
    preparation = handoff.prepare(process.current_process())
    environ = environment.current()
    recipe = recipe_for(preparation, preload.current(), environ)
    client.warm_up(recipe, environ, count, seconds)


def set_reserve(size: int | None, most: int | None = None) -> None:
    """Keep *size* spares ready; 0 keeps none, and None returns to the default.

    With *most*, the number follows demand between the two: as many as the most processes that were
    started within 2 seconds, for 10 minutes. The default is 2 to twice the cores (8 to 32).

    A spare is made only while all spares take at most a quarter of the memory that is available
    without them, whatever is asked for here; ``status().reason`` says when that is so.
    """
    if size is None and most is None:
        client.set_reserve(None)
    elif size is None or size < 0 or (most is not None and most < size):
        raise ValueError(
            f"a reserve of {size} to {most} spares cannot be kept; pass 0 or more, and at least as "
            "many at most, or None alone for the default"
        )
    else:
        client.set_reserve(Bounds(size, size if most is None else most))


def set_maker(name: str) -> None:
    """Choose how spares are made: ``"fork"`` (the default, on Linux alone) or ``"process"``.

    With ``"fork"`` the preload is done once, in a template, and each spare is forked from it in
    milliseconds and shares its memory. What does not survive a fork is noticed: threads, an OpenMP
    pool, CUDA, a main module that seeds a random generator. Then, with ``"process"``, and on other
    systems, each spare does the preload itself.

    Raises ForkserverError while a server runs.
    """
    if name not in (messages.FORK, messages.PROCESS):
        raise ValueError(f"maker {name!r} is not known; choose 'fork' or 'process'")
    client.set_maker(name)


def status(*, memory: bool = False) -> Status:
    """What this process's server holds; ``server_pid`` is None where none runs.

    With ``memory=True`` also the bytes that server, template and unused spares take. To read that
    takes milliseconds for each process that has imported torch.
    """
    now = client.status()
    return overview.measured(now) if memory else now


def shutdown() -> None:
    """End the server and its unused spares now; the next ``start()`` begins anew.

    Children that still run are not touched and report their exit by themselves; one that is killed
    by a signal after this has exit code 255.
    """
    client.shut_down()
