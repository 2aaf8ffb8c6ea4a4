"""What the SHM rules run in workers."""

from __future__ import annotations

from multiprocessing.shared_memory import SharedMemory
from typing import Any

from poolproof.gate import Address, wait_at

_kept: dict[str, SharedMemory] = {}
_given: Any = None


def content(block: SharedMemory) -> memoryview:
    """The bytes of a block that is open."""
    if block.buf is None:
        raise ValueError(f"block {block.name} was closed")
    return block.buf


def look(name: str) -> int:
    """Attach to a block, read its first byte, write it to the last, and close it."""
    block = SharedMemory(name=name)
    byte = int(content(block)[0])
    content(block)[-1] = byte
    block.close()
    return byte


def hold(name: str, address: Address) -> None:
    """Attach to a block, and wait at the gate with it open."""
    block = SharedMemory(name=name)
    wait_at(address)
    block.close()


def make(byte: int) -> str:
    """Create a block of that content, keep it open, and return its name."""
    block = SharedMemory(create=True, size=1)
    content(block)[0] = byte
    _kept[block.name] = block
    return block.name


def let_go(name: str) -> None:
    """Close a block made here."""
    _kept.pop(name).close()


def take(given: Any) -> None:
    """An initializer: keep what it was given."""
    global _given
    _given = given


def store(place: int, value: int) -> list[int]:
    """Write to one place of the array that the initializer was given; return all of it."""
    array, counter = _given
    array[place] = value
    with counter.get_lock():
        counter.value += 1
    return list(array)


def add(tensor: Any, number: int) -> list[int]:
    """Add to every element in place; return them all."""
    tensor += number
    values: list[int] = tensor.tolist()
    return values
