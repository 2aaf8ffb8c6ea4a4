"""Deliberately wrong pools: an honest one plus one fault each, to prove that the rules bite.

Each is a pool like any other: `poolproof run --pool poolproof.saboteurs:drops_the_last_result`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from poolproof.drivers.base import Subject
    from poolproof.saboteurs.record import Saboteur


def saboteurs() -> tuple[Saboteur, ...]:
    """All of them, group by group."""
    from poolproof.catalogue import GROUPS

    modules = (import_module(f"{__name__}.{group.lower()}") for group in GROUPS)
    return tuple(saboteur for module in modules for saboteur in module.SABOTEURS)


def __getattr__(name: str) -> Subject:
    if not name.startswith("_"):
        for saboteur in saboteurs():
            if saboteur.name.replace("-", "_") == name:
                return saboteur.subject
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
