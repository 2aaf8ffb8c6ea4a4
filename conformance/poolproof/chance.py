"""How sure one can be of a rate that was measured, by the standard library alone."""

from __future__ import annotations

import math

_STEPS = 60  # of a bisection of [0, 1]: as exact as a float


def lower_bound(hits: int, tries: int, confidence: float = 0.95) -> float:
    """The rate that is exceeded with this confidence (Clopper and Pearson 1934, one-sided).

    It is the rate at which `hits` or more out of `tries` are just so unlikely as `confidence`
    leaves room for: 20 of 20 show a rate of 0.86 and not of 1. https://doi.org/10.2307/2331986

    Raises:
        ValueError: `hits` is not in 0..`tries`, or nothing was tried.
    """
    if not 0 <= hits <= tries or tries == 0:
        raise ValueError(f"{hits} of {tries}: expected 0 <= hits <= tries, and 1 <= tries")
    if hits == 0:
        return 0.0
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        rate = (low + high) / 2
        if at_least(hits, tries, rate) < 1 - confidence:
            low = rate
        else:
            high = rate
    return low


def at_least(hits: int, tries: int, rate: float) -> float:
    """The probability of `hits` or more out of `tries`, for a rate strictly between 0 and 1."""
    return math.fsum(_exactly(n, tries, rate) for n in range(hits, tries + 1))


def _exactly(hits: int, tries: int, rate: float) -> float:
    ways = math.lgamma(tries + 1) - math.lgamma(hits + 1) - math.lgamma(tries - hits + 1)
    return math.exp(ways + hits * math.log(rate) + (tries - hits) * math.log1p(-rate))
