"""Picklers that are used again: nothing of one message shows in the next."""

from __future__ import annotations

import gc
import threading
import weakref
from typing import Any

import pytest
from forkless._pool import codec


class _Thing:
    def __init__(self, content: Any = None) -> None:
        self.content = content


class _PicklesOnItsWay:
    def __reduce__(self) -> Any:
        return codec.loads, (bytes(codec.dumps([_Thing(1), _Thing(2)])),)


class _Refuses:
    def __reduce__(self) -> Any:
        raise ValueError("no")


def test_a_message_that_was_pickled_keeps_nothing_alive() -> None:
    thing = _Thing()
    gone = weakref.ref(thing)
    codec.dumps([thing, thing])
    del thing
    gc.collect()
    assert gone() is None


def test_a_tensor_that_was_pickled_is_not_kept_alive() -> None:
    torch = pytest.importorskip("torch")
    tensor = torch.arange(4)
    codec.dumps([tensor])
    gone = weakref.ref(tensor)
    del tensor
    gc.collect()
    assert gone() is None
    back = codec.loads(codec.dumps([torch.arange(3)]))
    assert back[0].tolist() == [0, 1, 2]


def test_messages_follow_one_another_and_errors() -> None:
    shared = [1, 2]
    for _ in range(3):
        first, second = codec.loads(codec.dumps((shared, shared)))
        assert first is second == shared
        with pytest.raises(ValueError, match="no"):
            codec.dumps([shared, _Refuses()])
    assert codec.loads(codec.dumps("x" * 100_000)) == "x" * 100_000
    assert codec.loads(codec.dumps([1])) == [1]


def test_pickling_may_pickle_on_its_way() -> None:
    outer = codec.loads(codec.dumps([_PicklesOnItsWay(), _Thing(3)]))
    assert [one.content for one in (*outer[0], outer[1])] == [1, 2, 3]


def test_threads_pickle_side_by_side() -> None:
    def work(number: int) -> None:
        for _ in range(200):
            if codec.loads(codec.dumps([number] * 50)) != [number] * 50:
                wrong.append(number)

    wrong: list[int] = []
    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
