"""Which context's processes a pool uses, from what the caller named."""

from __future__ import annotations

import multiprocessing
import os
from multiprocessing.context import BaseContext


def choose_context(named: BaseContext | str | None) -> BaseContext:
    """A context, a start method's name ("forkless" among them), or None for the default one."""
    if named == "forkless":
        from ..context import default_context

        context: BaseContext = default_context.get_context("forkless")
        return context
    if named is None or isinstance(named, str):
        return multiprocessing.get_context(named)
    return named


def usable_cpus() -> int:
    """Processors that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
