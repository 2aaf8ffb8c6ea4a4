"""Wrong pools for RES: random numbers that are not what their readers think."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

from poolproof.drivers.base import OpenOptions
from poolproof.saboteurs.honest import After, bad_pool, in_workers, open_honest
from poolproof.saboteurs.res.making import Opener


class _OwnsTheGenerator(After):
    """A task whose seeds are ignored: the pool has seeded already."""

    def __call__(self, /, *arguments: Any, **keywords: Any) -> Any:
        seed, random.seed = random.seed, _ignored  # type: ignore[assignment]
        try:
            return self.task(*arguments, **keywords)
        finally:
            random.seed = seed


def _ignored(*_: Any) -> None:
    pass


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class _SeedsAlike:
    """An initializer that seeds every worker with the same number, then does what it should."""

    library: str
    initializer: Callable[..., object] | None

    def __call__(self, *arguments: Any) -> None:
        import_module(self.library).seed(0)
        if self.initializer is not None:
            self.initializer(*arguments)


def _seeding(library: str) -> Opener:
    def opener(options: OpenOptions) -> Any:
        alike = _SeedsAlike(library, options.initializer)
        return open_honest(replace(options, initializer=alike))

    return opener


SABOTEURS = (
    bad_pool(
        "RES-21",
        "owns-the-generator",
        "random.seed() does nothing in a task.",
        "expected",
        in_workers(_OwnsTheGenerator, _same),
    ),
    bad_pool(
        "RES-22",
        "seeds-alike",
        "Every worker begins with random.seed(0).",
        "which nobody seeded, drew the same",
        _seeding("random"),
    ),
    bad_pool(
        "RES-23",
        "seeds-numpy-alike",
        "Every worker begins with numpy.random.seed(0).",
        "which nobody seeded, drew the same",
        _seeding("numpy.random"),
    ),
)
