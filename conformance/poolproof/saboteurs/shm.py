"""Wrong pools for SHM."""

from __future__ import annotations

from poolproof.saboteurs.record import Saboteur

SABOTEURS: tuple[Saboteur, ...] = ()
