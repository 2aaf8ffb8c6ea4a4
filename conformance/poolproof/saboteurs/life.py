"""Wrong pools for LIFE."""

from __future__ import annotations

from poolproof.saboteurs import life_closing, life_dropping
from poolproof.saboteurs.record import Saboteur

SABOTEURS: tuple[Saboteur, ...] = (*life_closing.SABOTEURS, *life_dropping.SABOTEURS)
