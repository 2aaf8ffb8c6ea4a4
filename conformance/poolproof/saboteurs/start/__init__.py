"""Wrong contexts for START: their processes are not what was asked for."""

from __future__ import annotations

from poolproof.saboteurs.record import Saboteur
from poolproof.saboteurs.start import (
    arguments,
    first,
    main_module,
    objects,
    programs,
    settings,
    streams,
    system,
)

_MODULES = (first, system, streams, settings, arguments, objects, programs, main_module)

SABOTEURS: tuple[Saboteur, ...] = tuple(
    saboteur for module in _MODULES for saboteur in module.SABOTEURS
)
