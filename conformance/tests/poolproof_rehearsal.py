"""Saboteurs of CUDA tensors that take every tensor for one: `poolproof_rehearsal:NAME`."""

from __future__ import annotations

from poolproof import saboteurs
from poolproof.drivers.base import Subject
from poolproof.saboteurs.data import spoiling

spoiling.is_on_device = spoiling.is_tensor  # in the stage; its workers are forked


def __getattr__(name: str) -> Subject:
    found: Subject = getattr(saboteurs, name)
    return found
