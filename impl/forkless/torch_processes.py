"""``spawn`` and ``start_processes`` of torch.multiprocessing, for processes of forkless.

torch's own name the start method in their signature: "spawn". These start what ``forkless.Process``
would be.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from .context import METHOD, NAMES, default_context, register


def start_processes(
    fn: Callable[..., object],
    args: tuple[Any, ...] = (),
    nprocs: int = 1,
    join: bool = True,
    daemon: bool = False,
    start_method: str | None = None,
    **options: Any,
) -> Any:
    """Run ``fn(i, *args)`` in *nprocs* processes; returns a ``ProcessContext`` unless *join*.

    When one fails, the others are ended and its exception is raised here
    (https://docs.pytorch.org/docs/stable/multiprocessing.html#spawning-subprocesses).
    """
    method = start_method or default_context.get_start_method()
    if method in NAMES:
        register()
        method = METHOD
    torch = importlib.import_module("torch.multiprocessing")
    return torch.start_processes(fn, args, nprocs, join, daemon, method, **options)


def spawn(
    fn: Callable[..., object],
    args: tuple[Any, ...] = (),
    nprocs: int = 1,
    join: bool = True,
    daemon: bool = False,
    start_method: str | None = None,
) -> Any:
    """As `start_processes`: the name of torch's function, not of the start method."""
    return start_processes(fn, args, nprocs, join, daemon, start_method)
