"""Wrong pools for LIFE."""

from __future__ import annotations

from poolproof.saboteurs import (
    life_callers,
    life_closing,
    life_crews,
    life_dropping,
    life_ends,
)
from poolproof.saboteurs.record import Saboteur

_MODULES = (life_callers, life_closing, life_crews, life_dropping, life_ends)

SABOTEURS: tuple[Saboteur, ...] = tuple(s for module in _MODULES for s in module.SABOTEURS)
