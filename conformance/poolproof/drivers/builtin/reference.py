"""The reference pool."""

from __future__ import annotations

import multiprocessing
from typing import Any

import forkless

from poolproof.drivers import capabilities as can
from poolproof.drivers.base import OpenOptions, Subject
from poolproof.drivers.builtin import native


def subject() -> Subject:
    """forkless.Pool, on every start method."""
    return Subject(
        name="forkless",
        version=forkless.__version__,
        open=_open,
        start_methods=("forkless", *native.start_methods()),
        context=forkless.get_context,
        # The other contexts are not its own: rules on them would judge the standard library.
        lacks={method: frozenset({can.CONTEXT}) for method in native.start_methods()},
        declares=native.PROCESS_POOL | {can.RESTARTS},
        support_pids=_support,
    )


def _open(o: OpenOptions) -> Any:
    # By context: to forkless, the name "forkserver" means its own.
    package = forkless if o.start_method == "forkless" else multiprocessing
    context = package.get_context(o.start_method)
    return forkless.Pool(**native.pool_arguments(o), mp_context=context)


def _support() -> frozenset[int]:
    now = forkless.status()
    server = frozenset({now.server_pid, now.template_pid} - {None})
    return server | frozenset(now.ready) | frozenset(now.warming) | native.support()
