"""Wrong pools for DATA: what arrives is not what was sent."""

from __future__ import annotations

from poolproof.gather import gather
from poolproof.saboteurs.record import Saboteur

SABOTEURS: tuple[Saboteur, ...] = gather(__name__, __path__, "SABOTEURS")
