"""Ray's tasks behind the few calls of a pool that the benchmarks make."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from functools import cache
from typing import Any

_CHUNKS_PER_WORKER = 4  # of a map without chunksize, as in multiprocessing


def open_ray(stack: ExitStack, processes: int) -> RayPool | None:
    """A pool on a Ray of this machine that ends with `stack`; None where Ray is not installed."""
    if importlib.util.find_spec("ray") is None:
        return None
    ray = importlib.import_module("ray")
    ray.init(num_cpus=processes, include_dashboard=False, log_to_driver=False)
    stack.callback(ray.shutdown)
    return RayPool(ray, processes)


class RayPool:
    def __init__(self, ray: Any, processes: int) -> None:
        self._ray = ray
        self._processes = processes
        self._remote = cache(ray.remote)  # a function is exported once

    def apply(self, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        return self.apply_async(function, args).get()

    def apply_async(self, function: Callable[..., Any], args: tuple[Any, ...]) -> RayResult:
        return RayResult(self._ray, self._remote(function).remote(*args))

    def map(
        self, function: Callable[[Any], Any], items: Iterable[Any], chunksize: int | None = None
    ) -> list[Any]:
        items = list(items)
        size = chunksize or -(-len(items) // (self._processes * _CHUNKS_PER_WORKER))
        chunks = [items[first : first + size] for first in range(0, len(items), size)]
        results = [self.apply_async(_run_all, (function, chunk)) for chunk in chunks]
        return [value for result in results for value in result.get()]


class RayResult:
    def __init__(self, ray: Any, reference: Any) -> None:
        self._ray = ray
        self._reference = reference

    def get(self) -> Any:
        return self._ray.get(self._reference)


def _run_all(function: Callable[[Any], Any], items: list[Any]) -> list[Any]:
    return [function(item) for item in items]
