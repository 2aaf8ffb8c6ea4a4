"""Wrong pools for SHM: they free what is not theirs, or share what they should not, or not."""

from __future__ import annotations

import atexit
from contextlib import suppress
from dataclasses import replace
from multiprocessing.shared_memory import SharedMemory
from typing import Any

from poolproof.drivers.base import OpenOptions
from poolproof.saboteurs.honest import (
    Before,
    SpoiledResult,
    bad_pool,
    honest_context,
    in_workers,
    open_honest,
)
from poolproof.saboteurs.life_common import Manager


def _free(name: str) -> None:
    block = SharedMemory(name=name)
    block.close()
    block.unlink()


class _KnowsNames(Manager):
    """It remembers the names that were tasks' first arguments, and the results."""

    def __init__(self, options: OpenOptions) -> None:
        super().__init__(options)
        self.tasks: list[tuple[Any, Any]] = []

    def apply_async(self, func: Any, args: Any = (), *more: Any, **options: Any) -> Any:
        result = self.honest.apply_async(func, args, *more, **options)
        self.tasks.append((args[0] if args else None, result))
        return result


class _FreesAtClose(_KnowsNames):
    def close(self) -> None:
        name = self.tasks[0][0] if self.tasks else None
        if isinstance(name, str):
            with suppress(FileNotFoundError):  # a text that is no name
                _free(name)
        self.honest.close()


class _FreesAfterTheDead(_KnowsNames):
    def terminate(self) -> None:
        for name, result in self.tasks:
            if isinstance(name, str) and not result.ready():
                with suppress(FileNotFoundError):
                    _free(name)
        self.honest.terminate()


class _FreesAtExit(Manager):
    def apply_async(self, *args: Any, **options: Any) -> Any:
        return _NamedResult(self.honest.apply_async(*args, **options))


class _NamedResult(SpoiledResult):
    def get(self, timeout: float | None = None) -> Any:
        value = self.honest.get(timeout)
        if isinstance(value, str):
            atexit.register(_free, value)
        return value


def _copies_arrays(options: OpenOptions) -> Any:
    if not options.initargs or not isinstance(options.initargs[0], tuple):
        return open_honest(options)
    context = honest_context(options.start_method)
    [(array, counter)] = options.initargs
    copies = (context.Array("i", list(array)), context.Value("i", counter.value))
    return open_honest(replace(options, initargs=(copies,)))


def _cloned(value: Any) -> Any:
    return value.clone() if hasattr(value, "clone") else value


_hoard: list[Any] = []


def _hoarded(value: Any) -> Any:
    _hoard.append(value)
    return value


SABOTEURS = (
    bad_pool(
        "SHM-04",
        "copies-arrays",
        "Workers get copies of the shared arrays in initargs.",
        "expected",
        _copies_arrays,
    ),
    bad_pool(
        "SHM-05",
        "copies-tensors",
        "A tensor argument is cloned in the worker.",
        "a worker sees",
        in_workers(Before, _cloned),
    ),
    bad_pool(
        "SHM-06",
        "hoards-tensors",
        "Workers keep every argument of single calls.",
        "more descriptors, handles or mappings",
        in_workers(Before, _hoarded),
    ),
    bad_pool(
        "SHM-01",
        "frees-arguments-at-close",
        "close() unlinks the block whose name was the first argument.",
        "attached to it, closed it and ended, raised",
        _FreesAtClose,
    ),
    bad_pool(
        "SHM-02",
        "frees-what-the-dead-had",
        "Blocks named to tasks that never ended are unlinked when the pool is terminated.",
        "was killed while attached to it, raised",
        _FreesAfterTheDead,
    ),
    bad_pool(
        "SHM-03",
        "frees-results-at-exit",
        "Blocks whose names were results are unlinked, again, when the program ends.",
        "was unlinked once, and then this was printed",
        _FreesAtExit,
    ),
)
