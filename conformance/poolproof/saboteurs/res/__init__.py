"""Wrong pools for RES: results that are not those of a plain loop."""

from __future__ import annotations

from poolproof.gather import gather
from poolproof.saboteurs.record import Saboteur

SABOTEURS: tuple[Saboteur, ...] = gather(__name__, __path__, "SABOTEURS")
