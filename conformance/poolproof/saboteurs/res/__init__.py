"""Wrong pools for RES: results that are not those of a plain loop."""

from __future__ import annotations

from poolproof.saboteurs.record import Saboteur
from poolproof.saboteurs.res import (
    batches,
    calls,
    chains,
    errors,
    failing,
    inputs,
    interleaved,
    iterables,
    keywords,
    lives,
    methods,
    programs,
    randomness,
    reasons,
    waiting,
)

SABOTEURS: tuple[Saboteur, ...] = (
    *calls.SABOTEURS,
    *batches.SABOTEURS,
    *errors.SABOTEURS,
    *inputs.SABOTEURS,
    *waiting.SABOTEURS,
    *keywords.SABOTEURS,
    *programs.SABOTEURS,
    *interleaved.SABOTEURS,
    *chains.SABOTEURS,
    *iterables.SABOTEURS,
    *randomness.SABOTEURS,
    *failing.SABOTEURS,
    *reasons.SABOTEURS,
    *lives.SABOTEURS,
    *methods.SABOTEURS,
)
