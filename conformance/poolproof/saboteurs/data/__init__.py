"""Wrong pools for DATA: what arrives is not what was sent."""

from __future__ import annotations

from poolproof.saboteurs.data import arrays, dense, layouts, objects, torch_things, traffic
from poolproof.saboteurs.record import Saboteur

SABOTEURS: tuple[Saboteur, ...] = (
    *dense.SABOTEURS,
    *layouts.SABOTEURS,
    *arrays.SABOTEURS,
    *torch_things.SABOTEURS,
    *traffic.SABOTEURS,
    *objects.SABOTEURS,
)
