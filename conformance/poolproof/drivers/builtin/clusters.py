"""Pools of schedulers that could span machines, each on a cluster of this machine alone."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module, metadata
from typing import Any

from poolproof.drivers import capabilities as can
from poolproof.drivers.base import OpenOptions, Subject
from poolproof.drivers.builtin import native

_RAY_SLOTS = 16  # workers of all pools that are open at a time: a number to the scheduler alone
_RAY_STORE = 128 * 2**20  # bytes of shared memory for objects


def ray() -> Subject:
    """ray.util.multiprocessing.Pool, on a local cluster that lives as long as the stage."""
    import_module("ray.util.multiprocessing")
    return Subject(
        name="ray",
        version=metadata.version("ray"),
        open=_open_ray,
        start_methods=("ray",),
        declares=native.PROCESS_POOL,
        support_pids=_ray_support,
    )


def _open_ray(o: OpenOptions) -> Any:
    ray = import_module("ray")
    if not ray.is_initialized():
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
        # Else a title of its own overwrites the environment by which the keeper knows its stage's.
        os.environ["SPT_NOENV"] = "1"
        ray.init(
            address="local",
            num_cpus=_RAY_SLOTS,
            object_store_memory=_RAY_STORE,
            include_dashboard=False,
            log_to_driver=False,
            logging_level="error",
        )
    return _ray_pool()(**native.pool_arguments(o))


@cache
def _ray_pool() -> Any:
    class Pool(import_module("ray.util.multiprocessing").Pool):  # type: ignore[misc]
        """ray's pool, of which `apply_async` calls `kwargs` what multiprocessing calls `kwds`."""

        def apply_async(
            self,
            func: Callable[..., Any],
            args: tuple[Any, ...] = (),
            kwds: Mapping[str, Any] | None = None,
            **callbacks: Any,
        ) -> Any:
            return super().apply_async(func, args, kwds, **callbacks)

    return Pool


def _ray_support() -> frozenset[int]:
    """All that ray runs on this machine, its actors (the workers of pools) left out."""
    import psutil

    below = psutil.Process().children(recursive=True)
    return native.support() | frozenset(p.pid for p in below if _is_ray_daemon(p))


def _is_ray_daemon(process: Any) -> bool:
    import psutil

    try:
        line = " ".join(process.cmdline())
    except psutil.Error:  # it ended just now
        return False
    own = line.startswith("ray::") or f"{os.sep}ray{os.sep}" in line
    return own and not line.startswith("ray::PoolActor")


def dask() -> Subject:
    """distributed.Client.get_executor(), on a LocalCluster of its own."""
    import_module("distributed")
    return Subject(
        name="dask",
        version=metadata.version("distributed"),
        open=DaskExecutor,
        start_methods=native.start_methods(),
        declares=frozenset({can.PROCESSES, can.RESTARTS}),
        support_pids=native.support,
    )


class DaskExecutor:
    """An executor of dask that owns its cluster."""

    def __init__(self, o: OpenOptions) -> None:
        distributed = import_module("distributed")
        with import_module("dask").config.set(
            {"distributed.worker.multiprocessing-method": o.start_method}
        ):
            self._cluster = distributed.LocalCluster(
                n_workers=o.workers,
                threads_per_worker=1,
                processes=True,
                dashboard_address=":0",
                silence_logs=logging.CRITICAL,
            )
        self._client = distributed.Client(self._cluster)
        # Tasks have effects: else equal calls, whenever they are made, run once between them.
        self._executor = self._client.get_executor(pure=False)
        self._lock = threading.Lock()
        self._open = True

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """`submit`."""
        return self._executor.submit(fn, *args, **kwargs)

    def map(self, fn: Callable[..., Any], *items: Any, **options: Any) -> Any:
        """`map`, which refuses iterators, as its error says: lists are what it takes."""
        return self._executor.map(fn, *map(list, items), **options)

    def shutdown(self, wait: bool = True) -> None:
        """`shutdown`, then close client and cluster: they are this executor's own."""
        self._executor.shutdown(wait=wait)
        with self._lock:
            if self._open:
                self._open = False
                self._client.close()
                self._cluster.close()

    def __enter__(self) -> DaskExecutor:
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
