"""From what stands behind `--pool` to a Subject."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from poolproof.drivers import builtin
from poolproof.drivers.base import Subject
from poolproof.drivers.factory import BadFactory, subject_from

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

ENTRY_POINTS = "poolproof.pools"
REFERENCE = "forkless"


class UnresolvedPool(ValueError):
    """A `--pool` that gives no pool; the message is one line for the user."""


def names() -> dict[str, str]:
    """Every name that `--pool` takes, with what it is: built in, or brought by an entry point."""
    plugged = {e.name: f"{e.value} (entry point)" for e in _entry_points()}
    return {**builtin.known(), **plugged}


def resolve(spec: str) -> Subject:
    """The Subject of a known name, an entry point, or `package.module:factory`.

    Raises:
        UnresolvedPool: no such name, not installed, does not import, or is not callable.
    """
    if ":" in spec:
        return _from_path(spec)
    if spec in builtin.known():
        return _installed(spec)
    for entry in _entry_points():
        if entry.name == spec:
            return _as_subject(_load(entry), spec)
    raise UnresolvedPool(f"unknown pool {spec!r}")


def _entry_points() -> Iterable[EntryPoint]:
    # Here, for the sake of programs that rules start by the dozen: it takes longer to import than
    # all else that they need.
    from importlib.metadata import entry_points

    return entry_points(group=ENTRY_POINTS)


def _installed(name: str) -> Subject:
    try:
        return builtin.make(name)
    except ImportError as error:
        raise UnresolvedPool(
            f"pool {name!r} is not available here ({error}); install it, or choose another --pool"
        ) from error


def _from_path(spec: str) -> Subject:
    module_name, _, attribute = spec.partition(":")
    try:
        found: Any = import_module(module_name)
    except Exception as error:
        raise UnresolvedPool(
            f"--pool {spec}: cannot import {module_name!r} ({type(error).__name__}: {error})"
        ) from error
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise UnresolvedPool(f"--pool {spec}: {module_name!r} has no {attribute!r}")
        found = getattr(found, part)
    return _as_subject(found, spec)


def _load(entry: EntryPoint) -> Any:
    try:
        return entry.load()
    except Exception as error:
        raise UnresolvedPool(
            f"pool {entry.name!r}: its entry point {entry.value} does not load "
            f"({type(error).__name__}: {error})"
        ) from error


def _as_subject(found: Any, name: str) -> Subject:
    if isinstance(found, Subject):
        return found
    if not callable(found):
        raise UnresolvedPool(
            f"--pool {name}: expected a function that opens a pool, or a Subject, got {found!r}"
        )
    try:
        return subject_from(found, name)
    except BadFactory as error:
        raise UnresolvedPool(f"--pool {error}") from error
