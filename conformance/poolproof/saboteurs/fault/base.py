"""What wrong pools for FAULT are made of: results that their pool sees, tasks that leave marks.

Guarantees:
    - A mark outlives the worker that set it, and ends with the pool.
"""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from poolproof.drivers.base import OpenOptions
from poolproof.saboteurs.honest import Spoiled, SpoiledResult


class Results(Spoiled):
    """A pool that sees each value and each error before its reader does."""

    def __init__(self, options: OpenOptions) -> None:
        super().__init__(options)
        self.results: list[Any] = []

    def apply_async(self, *args: Any, **options: Any) -> Any:
        """Remember the result, and hand out one that asks `got` and `failed`."""
        result = self.honest.apply_async(*args, **options)
        self.results.append(result)
        return Result(result, self, len(self.results) - 1)

    def failed(self, error: Exception, number: int) -> Any:
        """What get() of the `number`-th task does with an error."""
        raise error

    def got(self, value: Any, number: int) -> Any:
        """What get() of the `number`-th task does with a value."""
        return value

    def has_failed(self, so: Callable[[Exception], bool]) -> int:
        """How many results are there already, and errors of that kind."""
        return sum(_is_error(result, so) for result in self.results)


class Result(SpoiledResult):
    """The result of a task in a `Results` pool."""

    def __init__(self, honest: Any, pool: Results, number: int) -> None:
        super().__init__(honest)
        self._pool = pool
        self._number = number

    def get(self, timeout: float | None = None) -> Any:
        """As the pool has it."""
        try:
            value = self.honest.get(timeout)
        except Exception as error:  # noqa: BLE001 - all of them
            return self._pool.failed(error, self._number)
        return self._pool.got(value, self._number)


def _is_error(result: Any, so: Callable[[Exception], bool]) -> bool:
    try:
        result.get(0)
    except Exception as error:  # noqa: BLE001 - also "not yet"
        return so(error)
    return False


def has_died(error: Exception) -> bool:
    """Is it about a worker that died?"""
    return hasattr(error, "exitcode")


def was_killed(error: Exception) -> bool:
    """Is it about a worker that was killed?"""
    return getattr(error, "exitcode", 0) in (-9, 15, -15)  # Windows: the code of os.kill


class Marked(Results):
    """A pool whose tasks leave marks: that the function was called, that it returned."""

    def __init__(self, options: OpenOptions) -> None:
        super().__init__(options)
        self.folder = tempfile.TemporaryDirectory()

    def apply_async(self, func: Callable[..., Any], args: Any = (), **options: Any) -> Any:
        """Let the task leave marks by its number."""
        task = Marks(self.folder.name, len(self.results), func)
        return super().apply_async(task, args, **options)

    def began(self, number: int) -> bool:
        """Was the function called?"""
        return Path(self.folder.name, f"{number}-began").exists()

    def returned(self, number: int) -> bool:
        """Has it returned?"""
        return Path(self.folder.name, f"{number}-returned").exists()

    def terminate(self) -> None:
        """Remove the marks, too."""
        self.honest.terminate()
        self.folder.cleanup()


@dataclass(frozen=True, slots=True)
class Marks:
    """A task that leaves marks."""

    folder: str
    number: int
    task: Callable[..., Any]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the task between two marks."""
        Path(self.folder, f"{self.number}-began").touch()
        value = self.task(*args, **kwargs)
        Path(self.folder, f"{self.number}-returned").touch()
        return value


class Wrapping(Results):
    """A pool whose tasks run inside `wrap`."""

    wrap: Callable[..., Callable[..., Any]]

    def apply_async(self, func: Callable[..., Any], args: Any = (), **options: Any) -> Any:
        """Wrap the function."""
        return super().apply_async(type(self).wrap(func), args, **options)


def loads_again(value: Any) -> bool:
    """Can what pickles be unpickled? True for what does not pickle."""
    try:
        pickled = pickle.dumps(value)
    except Exception:  # noqa: BLE001 - that is another matter
        return True
    try:
        pickle.loads(pickled)
    except Exception:  # noqa: BLE001 - whatever unpickling runs into
        return False
    return True
