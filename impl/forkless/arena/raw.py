"""Bytes of memory by their address."""

from __future__ import annotations

import ctypes
import sys


class Everything(ctypes.Array[ctypes.c_char]):
    """All bytes from an address on.

    One class for all sizes: ctypes makes one for each length, which takes longer than a message.
    """

    _type_ = ctypes.c_char
    _length_ = sys.maxsize


class Held(Everything):
    """All bytes from an address on, for as long as anybody has a view of them."""

    owner: object


def bytes_of(owner: object, address: int, size: int) -> memoryview:
    """These bytes, in place; `owner`, which is why they are there, lives as long as the view."""
    memory = Held.from_address(address)
    memory.owner = owner
    return first_bytes(memory, size)


def bytes_at(address: int, size: int) -> memoryview:
    """These bytes, in place. The caller sees to it that they stay while the view is used."""
    return first_bytes(Everything.from_address(address), size)


def first_bytes(memory: ctypes.Array[ctypes.c_char], size: int) -> memoryview:
    """The first bytes of what begins here. The view and all made of it hold `memory`."""
    return memoryview(memory).cast("B")[:size]
