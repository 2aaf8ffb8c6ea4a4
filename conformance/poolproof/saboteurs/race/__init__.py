"""Wrong pools and contexts for RACE."""

from __future__ import annotations

from poolproof.gather import gather
from poolproof.saboteurs.record import Saboteur

SABOTEURS: tuple[Saboteur, ...] = gather(__name__, __path__, "SABOTEURS")
