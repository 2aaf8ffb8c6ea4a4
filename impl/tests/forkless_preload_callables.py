"""What spares do ahead of need in these tests, and what is left of it in their children."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

threads: ThreadPoolExecutor | None = None
started: set[int | None] = set()
born: int | None = None
model: Any = None


def start_threads() -> None:
    """A pool of two threads that have both worked."""
    global threads, born
    born = os.getpid()
    threads = ThreadPoolExecutor(2)
    both = threading.Barrier(2)
    for future in [threads.submit(_meet, both) for _ in range(2)]:
        started.add(future.result())


def _meet(both: threading.Barrier) -> int | None:
    both.wait(30)
    return threading.get_native_id()


def use_threads(connection: Any) -> None:
    """Whether those very threads work here."""
    assert threads is not None
    both = threading.Barrier(2)
    working = {future.result() for future in [threads.submit(_meet, both) for _ in range(2)]}
    connection.send((born == os.getpid(), working == started))


def load_model() -> None:
    """A model in shared memory that has computed once, with as many threads as torch likes."""
    import torch

    global model
    torch.set_num_threads(2)
    model = torch.nn.Linear(300, 2, bias=False).share_memory()
    torch.nn.init.constant_(model.weight, 0.5)
    model(torch.ones(1000, 300))


def use_model(connection: Any) -> None:
    """A prediction, and whether the model's memory is shared still."""
    import torch

    found = model(torch.ones(1000, 300))
    connection.send((found.sum().item(), model.weight.is_shared()))


def explode() -> None:
    """A callable that fails."""
    raise RuntimeError("no such luck")


def send_whether_threads_started(connection: Any) -> None:
    """Whether ``start_threads`` ran."""
    connection.send(bool(started))
