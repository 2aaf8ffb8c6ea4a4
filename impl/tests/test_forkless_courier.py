"""What was pickled in flight arrives as often as it is unpickled, and nothing is left over."""

from __future__ import annotations

import pickle
import sys
from multiprocessing import resource_sharer
from multiprocessing.reduction import ForkingPickler

import pytest

if sys.platform == "win32":
    pytest.skip("handles travel otherwise", allow_module_level=True)

from forkless import sharing
from forkless.arena.shared import SharedBytes


def _pickled(memory: SharedBytes) -> bytes:
    with sharing.in_flight():
        return bytes(ForkingPickler.dumps(memory))


def test_memory_arrives_as_often_as_it_is_asked_for_while_its_sender_has_it() -> None:
    memory = SharedBytes(1)
    memory.content()[0] = 7
    data = _pickled(memory)
    assert [pickle.loads(data).content()[0] for _ in range(3)] == [7, 7, 7]
    del memory
    others = [SharedBytes(1) for _ in range(3)]  # one has the number of its descriptor
    with pytest.raises(EOFError):
        pickle.loads(data)
    assert pickle.loads(_pickled(others[0])).size == 1


def test_the_sharer_remembers_nothing_of_what_was_sent() -> None:
    """Regression: it kept an entry for each descriptor that had been sent once."""
    _pickled(SharedBytes(1))
    known = len(resource_sharer._resource_sharer._cache)
    for _ in range(20):
        _pickled(SharedBytes(1))
    assert len(resource_sharer._resource_sharer._cache) == known
