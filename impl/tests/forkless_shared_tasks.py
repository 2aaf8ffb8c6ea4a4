"""What the tests of shared tensors run in other processes; importable by name."""

from __future__ import annotations

import os
from typing import Any

from forkless_targets import wait_forever

_kept: list[Any] = []


def add(tensor: Any, value: float) -> None:
    tensor += value


def add_and_die_once(tensor: Any, path: str) -> float:
    """The first one dies after it has added 1, the next one sees that."""
    tensor += 1
    if not os.path.exists(path):
        with open(path, "x"):
            pass
        os._exit(1)
    return float(tensor.sum())


def pass_on(source: Any, target: Any) -> None:
    """And end when it has arrived."""
    tensor = source.get()
    tensor += 1
    target.put(tensor)
    source.get()


def made_here(size: int, value: float) -> Any:
    import forkless

    tensor = forkless.empty(size).fill_(value)
    _kept.append(tensor)
    return tensor


def made_of_torch(size: int, value: float) -> Any:
    import torch

    tensor = torch.full((size,), value)
    _kept.append(tensor)
    return tensor


def last_kept() -> float:
    return float(_kept[-1][0])


def same(tensor: Any) -> Any:
    return tensor


def kept_sum(_: Any) -> float:
    return sum(float(tensor.sum()) for tensor in _kept)


def nothing() -> None:
    pass


def hold(tensor: Any, told: Any) -> None:
    told.send(float(tensor.sum()))
    wait_forever()


def put_once(queue: Any, path: str, item: int) -> int:
    queue.put(item)
    if not os.path.exists(path):
        queue.close()
        queue.join_thread()
        with open(path, "x"):
            pass
        os._exit(1)
    return item
