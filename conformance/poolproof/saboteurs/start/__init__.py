"""Wrong contexts for START: their processes are not what was asked for."""

from __future__ import annotations

from poolproof.gather import gather
from poolproof.saboteurs.record import Saboteur

SABOTEURS: tuple[Saboteur, ...] = gather(__name__, __path__, "SABOTEURS")
