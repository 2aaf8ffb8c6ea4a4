"""Thin entries for known libraries: each a Subject, made when it is asked for by name."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from importlib import import_module, metadata
from typing import Any

from poolproof.drivers import capabilities as can
from poolproof.drivers.base import OpenOptions, Subject

_PROCESS_POOL = frozenset({can.PROCESSES, can.INITIALIZER, can.RECYCLING})


def known() -> dict[str, tuple[str, Callable[[], Subject]]]:
    """name -> (what it is, how to make its Subject; ImportError when it is not installed)."""
    return {
        "forkless": ("the reference pool, on every start method", _forkless),
        "multiprocessing": ("multiprocessing.Pool", _multiprocessing),
        "torch": ("torch.multiprocessing's Pool", _torch),
        "concurrent.futures": ("concurrent.futures.ProcessPoolExecutor", _futures),
        "loky": ("loky.ProcessPoolExecutor", _loky),
        "pebble": ("pebble.ProcessPool", _pebble),
        "multiprocess": ("multiprocess.Pool (multiprocessing with dill)", _multiprocess),
        "threads": ("multiprocessing.pool.ThreadPool, a pool without processes", _threads),
    }


def _forkless() -> Subject:
    import forkless

    def start(o: OpenOptions) -> Any:
        # By context: to forkless, the name "forkserver" means its own.
        package = forkless if o.start_method == "forkless" else multiprocessing
        context = package.get_context(o.start_method)
        return forkless.Pool(**_pool_arguments(o), mp_context=context)

    return Subject(
        name="forkless",
        version=forkless.__version__,
        open=start,
        start_methods=("forkless", *_native()),
        context=forkless.get_context,
        # The other contexts are not its own: rules on them would judge the standard library.
        lacks={method: frozenset({can.CONTEXT}) for method in _native()},
        declares=_PROCESS_POOL | {can.RESTARTS},
        support_pids=_forkless_support,
    )


def _forkless_support() -> frozenset[int]:
    import forkless

    now = forkless.status()
    server = frozenset({now.server_pid} - {None})
    return server | frozenset(now.ready) | frozenset(now.warming) | _native_support()


def _multiprocessing() -> Subject:
    return Subject(
        name="multiprocessing",
        version=".".join(map(str, _python())),
        open=lambda o: multiprocessing.get_context(o.start_method).Pool(**_pool_arguments(o)),
        start_methods=_native(),
        context=multiprocessing.get_context,
        declares=_PROCESS_POOL | {can.RESTARTS},
        support_pids=_native_support,
    )


def _torch() -> Subject:
    torch = import_module("torch")
    mp = import_module("torch.multiprocessing")
    return Subject(
        name="torch",
        version=str(torch.__version__),
        # torch's own pool class does not open: its queues lack the context they need since 3.4.
        open=lambda o: mp.get_context(o.start_method).Pool(**_pool_arguments(o)),
        start_methods=_native(),
        context=mp.get_context,
        declares=_PROCESS_POOL | {can.RESTARTS},
        support_pids=_native_support,
    )


def _futures() -> Subject:
    from concurrent.futures import ProcessPoolExecutor

    def start(o: OpenOptions) -> Any:
        recycling = {} if o.max_tasks is None else {"max_tasks_per_child": o.max_tasks}
        context = multiprocessing.get_context(o.start_method)
        return ProcessPoolExecutor(o.workers, context, o.initializer, o.initargs, **recycling)

    recycles = _python() >= (3, 11)  # the parameter is that old
    return Subject(
        name="concurrent.futures",
        version=".".join(map(str, _python())),
        open=start,
        start_methods=_native(),
        declares=_PROCESS_POOL if recycles else _PROCESS_POOL - {can.RECYCLING},
        lacks={"fork": frozenset({can.RECYCLING})},  # refused, as documented
        support_pids=_native_support,
    )


def _loky() -> Subject:
    loky = import_module("loky")
    backend = import_module("loky.backend")

    def start(o: OpenOptions) -> Any:
        return loky.ProcessPoolExecutor(
            o.workers,
            context=backend.get_context(o.start_method),
            initializer=o.initializer,
            initargs=o.initargs,
        )

    return Subject(
        name="loky",
        version=metadata.version("loky"),
        open=start,
        start_methods=("loky",),
        declares=_PROCESS_POOL - {can.RECYCLING},
        support_pids=_loky_support,
    )


def _loky_support() -> frozenset[int]:
    tracker = import_module("loky.backend.resource_tracker")._resource_tracker
    return _native_support() | frozenset({tracker._pid} - {None})


def _pebble() -> Subject:
    pebble = import_module("pebble")

    class Executor:
        """pebble's pool in the words of an executor."""

        def __init__(self, o: OpenOptions) -> None:
            recycling = {} if o.max_tasks is None else {"max_tasks": o.max_tasks}
            self._pool = pebble.ProcessPool(
                max_workers=o.workers,
                initializer=o.initializer,
                initargs=list(o.initargs),
                context=multiprocessing.get_context(o.start_method),
                **recycling,
            )

        def submit(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            return self._pool.schedule(fn, args=args, kwargs=kwargs)

        def map(self, fn: Callable[..., Any], *items: Any, chunksize: int = 1) -> Any:
            return self._pool.map(fn, *items, chunksize=chunksize).result()

        def shutdown(self, wait: bool = True) -> None:
            self._pool.close()
            if wait:
                self._pool.join()

        def terminate(self) -> None:
            self._pool.stop()
            self._pool.join()

        def __enter__(self) -> Executor:
            return self

        def __exit__(self, *_: object) -> None:
            self.shutdown()

    return Subject(
        name="pebble",
        version=metadata.version("pebble"),
        open=Executor,
        start_methods=_native(),
        declares=_PROCESS_POOL | {can.RESTARTS},
        support_pids=_native_support,
    )


def _multiprocess() -> Subject:
    mp = import_module("multiprocess")
    return Subject(
        name="multiprocess",
        version=metadata.version("multiprocess"),
        open=lambda o: mp.get_context(o.start_method).Pool(**_pool_arguments(o)),
        start_methods=tuple(mp.get_all_start_methods()),
        declares=_PROCESS_POOL | {can.RESTARTS},
        support_pids=_multiprocess_support,
    )


def _multiprocess_support() -> frozenset[int]:
    return _trackers("multiprocess.forkserver", "multiprocess.resource_tracker")


def _threads() -> Subject:
    from multiprocessing.pool import ThreadPool

    return Subject(
        name="threads",
        version=".".join(map(str, _python())),
        open=lambda o: ThreadPool(o.workers, o.initializer, o.initargs),
        start_methods=("threads",),
        declares=frozenset({can.INITIALIZER}),
    )


def _pool_arguments(o: OpenOptions) -> dict[str, Any]:
    return {
        "processes": o.workers,
        "initializer": o.initializer,
        "initargs": o.initargs,
        "maxtasksperchild": o.max_tasks,
    }


def _native() -> tuple[str, ...]:
    methods: list[str] = multiprocessing.get_all_start_methods()
    return tuple(m for m in ("spawn", "forkserver", "fork") if m in methods)


def _native_support() -> frozenset[int]:
    return _trackers("multiprocessing.forkserver", "multiprocessing.resource_tracker")


def _trackers(forkserver: str, tracker: str) -> frozenset[int]:
    """The helper processes of a multiprocessing package, where they run (POSIX alone has them).

    No public name gives their pids; CPython's own tests read these attributes.
    """
    try:
        server = import_module(forkserver)._forkserver
        resources = import_module(tracker)._resource_tracker
    except ImportError:
        return frozenset()
    return frozenset({server._forkserver_pid, resources._pid} - {None})


def _python() -> tuple[int, ...]:
    import sys

    return sys.version_info[:3]
