"""Wrong pools for FAULT: they lie about failures, spread them, or never tell."""

from __future__ import annotations

from poolproof.saboteurs.fault import deaths, errors, pauses, transport
from poolproof.saboteurs.record import Saboteur

SABOTEURS: tuple[Saboteur, ...] = (
    *deaths.SABOTEURS,
    *errors.SABOTEURS,
    *pauses.SABOTEURS,
    *transport.SABOTEURS,
)
