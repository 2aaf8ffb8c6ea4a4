"""Wrong contexts for START: their processes are not what was asked for."""

from __future__ import annotations

from poolproof.saboteurs.record import Saboteur
from poolproof.saboteurs.start import first, streams, system

SABOTEURS: tuple[Saboteur, ...] = (*first.SABOTEURS, *system.SABOTEURS, *streams.SABOTEURS)
