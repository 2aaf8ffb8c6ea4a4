"""Collects the records of a package from its modules, so that a new module is listed nowhere."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from pkgutil import iter_modules
from typing import Any


def gather(package: str, path: Iterable[str], attribute: str) -> tuple[Any, ...]:
    """What the modules in `package`, which lie in `path`, have as `attribute`, module by module."""
    modules = (import_module(f"{package}.{found.name}") for found in iter_modules(path))
    return tuple(record for module in modules for record in getattr(module, attribute, ()))
