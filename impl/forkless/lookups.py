"""Which variables of the environment a preload looks up.

What it made of them cannot be changed afterwards: a spare serves a caller in whose environment they
are the same. (A native forkserver's children have the environment of the server's first minute.)

Guarantees: to copy the environment is no look-up, else torch, which copies it, would have read all
of it; neither is to look up what the preload itself has set.
Assumes: one thread imports. C libraries look up unseen: `recipe.IMPORT_TIME_PREFIXES` is for them.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    _Environ = os._Environ[str]
else:
    _Environ = type(os.environ)


class _Watched(_Environ):
    """What ``os.environ`` is meanwhile: the same object, with another class."""

    _names: set[str]
    _own: set[str]
    _copied: deque[str]

    def __getitem__(self, key: str) -> str:
        name = self._name(key)
        if self._copied and self._copied[0] == name:
            self._copied.popleft()  # asked for as the next of all
        else:
            self._copied.clear()
            if name not in self._own:
                self._names.add(name)
        return super().__getitem__(key)

    def __setitem__(self, key: str, value: str) -> None:
        self._own.add(self._name(key))
        super().__setitem__(key, value)

    def __iter__(self) -> Iterator[str]:
        for name in super().__iter__():
            self._copied.append(name)
            yield name

    def _name(self, key: str) -> str:
        return self.decodekey(self.encodekey(key))  # upper case on Windows


@contextmanager
def watched() -> Iterator[set[str]]:
    """Meanwhile, the names that are looked up come into the set that this gives."""
    environ = os.environ
    plain = type(environ)
    names: set[str] = set()
    vars(environ).update(_names=names, _own=set(), _copied=deque())
    environ.__class__ = _Watched
    try:
        yield names
    finally:
        environ.__class__ = plain


def same(names: tuple[str, ...], one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether *names* stand for the same in both environments."""
    return one == other or all(one.get(name) == other.get(name) for name in names)
