"""A pool that does not wait for the device."""

from __future__ import annotations

from typing import Any

from poolproof.saboteurs.data import spoiling
from poolproof.saboteurs.honest import bad_pool


def _one_kernel_less(value: Any) -> Any:
    return value - 1 if spoiling.is_on_device(value) else value


SABOTEURS = (
    bad_pool(
        "RACE-21",
        "reads-before-the-last-kernel",
        "A CUDA tensor arrives as it was before the last kernel that wrote to it.",
        "argument of task 0: came",
        spoiling.arrives(_one_kernel_less),
    ),
)
