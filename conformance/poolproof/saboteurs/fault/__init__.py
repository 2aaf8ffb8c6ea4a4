"""Wrong pools for FAULT: they lie about failures, spread them, or never tell."""

from __future__ import annotations

from poolproof.saboteurs.fault import deaths, errors, neighbours, pauses, surroundings, transport
from poolproof.saboteurs.record import Saboteur

SABOTEURS: tuple[Saboteur, ...] = (
    *deaths.SABOTEURS,
    *errors.SABOTEURS,
    *neighbours.SABOTEURS,
    *pauses.SABOTEURS,
    *surroundings.SABOTEURS,
    *transport.SABOTEURS,
)
