"""Functions and classes that the pool's tests run in workers; importable by name."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

_initialized: list[Any] = []


def square(x: int) -> int:
    return x * x


def add(x: int, y: int = 0) -> int:
    return x + y


def identity(x: Any) -> Any:
    return x


def pid(_: Any = None) -> int:
    return os.getpid()


def numpy_bytes(count: int) -> bytes:
    import numpy.random

    return numpy.random.bytes(count)


def fail_on_three(x: int) -> int:
    if x >= 3:
        raise ValueError(f"no {x}")
    return x


def return_error() -> ValueError:
    return ValueError("a value")


def leave(code: int) -> None:
    os._exit(code)


def leave_heir(path: str) -> None:
    """Die, and leave a forked child that ends once *path* exists."""
    assert sys.platform != "win32"
    if os.fork() == 0:
        try:
            wait_for(path)
        finally:
            os._exit(0)
    os._exit(3)


def leave_on_three(path: str, x: int) -> int:
    """Leaves one line a run in `path`, so that runs can be counted."""
    note(path, x)
    if x == 3:
        os._exit(3)
    return x


def leave_on_three_of(item: tuple[str, int]) -> int:
    return leave_on_three(*item)


def append_and_count(items: list[int]) -> int:
    items.append(1)
    return len(items)


def note_of(item: tuple[str, int, bytes]) -> int:
    return note(*item[:2])


def note(path: str, x: int) -> int:
    with open(path, "a", encoding="ascii") as file:
        file.write(f"{x}\n")
    return x


def die_early(path: str, runs: int) -> int:
    """Dies until it was run that often; then it says how often."""
    note(path, 0)
    count = len(Path(path).read_text(encoding="ascii").split())
    if count < runs:
        os._exit(3)
    return count


def fail_after_note(path: str) -> None:
    note(path, 0)
    raise ValueError("no")


def note_and_wait(path: str, never: str) -> None:
    note(path, 0)
    note(f"{path}-noted", 0)
    wait_for(never)


def wait_on_three(path: str, x: int, never: str) -> int:
    note(path, x)
    if x == 3:
        wait_for(never)
    return x


def wait_on_three_of(item: tuple[str, int, str]) -> int:
    return wait_on_three(*item)


def die_once_on_three(once: str, path: str, x: int) -> int:
    note(path, x)
    if x == 3 and not os.path.exists(once):
        note(once, 1)
        os._exit(3)
    return x


def large_result(started: str, size: int) -> bytes:
    Path(started).write_text(str(os.getpid()), encoding="ascii")
    return bytes(size)


def first_byte_after_a_death(once: str, x: int, content: bytes) -> tuple[int, int]:
    if x == 3 and not os.path.exists(once):
        note(once, 1)
        os._exit(3)
    return content[0], len(content)


class _StopsWhenPickled:
    def __reduce__(self) -> Any:
        assert sys.platform != "win32"
        os.kill(os.getpid(), signal.SIGSTOP)
        return _StopsWhenPickled, ()


def stop_while_sending() -> Any:
    return _StopsWhenPickled()


def exit_task(code: int) -> None:
    sys.exit(code)


def interrupt() -> None:
    raise KeyboardInterrupt("stop")


def wait_for(path: str, seconds: float = 60) -> str:
    """Wait until `path` exists: how a test holds a worker and lets it go."""
    deadline = time.monotonic() + seconds
    while not os.path.exists(path):
        if time.monotonic() > deadline:
            raise TimeoutError(path)
        time.sleep(0.005)  # a file is all that a worker of any start method shares with its test
    return path


def announce_and_wait(mine: str, other: str) -> int:
    Path(mine).write_text(str(os.getpid()), encoding="ascii")
    wait_for(other)
    return os.getpid()


def announce_and_wait_of(item: tuple[str, str]) -> int:
    return announce_and_wait(*item)


def make_lock() -> Any:
    return threading.Lock()


def count_up(lock: Any, counter: Any, times: int) -> None:
    for _ in range(times):
        with lock:
            counter.value = counter.value + 1


def meet(barrier: Any, event: Any) -> bool:
    barrier.wait(60)
    return bool(event.wait(60))


def pass_on(source: Any, target: Any) -> None:
    target.put(source.get(timeout=60) + 1)


def put_and_die_once(queue: Any, lock: Any, event: Any) -> int:
    """The first one dies when what it put has arrived in the pipe, with the lock."""
    with lock:
        if event.is_set():
            queue.put(2)
            return 2
        event.set()
        queue.put(1)
        queue.close()
        queue.join_thread()
        os._exit(1)


def is_set(event: Any) -> bool:
    answer: bool = event.is_set()
    return answer


def locked(lock: Any) -> bool:
    with lock:
        return True


def make_adder(base: int) -> Any:
    return lambda x: x + base


def call(function: Any, *args: Any) -> Any:
    return function(*args)


def raise_unpicklable() -> None:
    raise Unpicklable("held a lambda")


def raise_ununpicklable() -> None:
    raise Ununpicklable(1, 2)


def return_ununpicklable() -> Any:
    return OpensBadly()


class Unpicklable(Exception):
    def __reduce__(self) -> Any:
        raise pickle.PicklingError("this exception stays here")


class Ununpicklable(Exception):
    """Pickles as (class, args) with one argument, but wants two."""

    def __init__(self, first: int, second: int) -> None:
        super().__init__(first)
        self.second = second


class OpensBadly:
    def __reduce__(self) -> Any:
        return _refuse, ()


class RaisesWhenOpened:
    """Pickles, and raises `kind` where it is unpickled."""

    def __init__(self, kind: type[BaseException]) -> None:
        self._kind = kind

    def __reduce__(self) -> Any:
        return _raise, (self._kind,)


class RaisesWhenPickled:
    def __init__(self, kind: type[BaseException]) -> None:
        self._kind = kind

    def __reduce__(self) -> Any:
        raise self._kind("refused")


def _raise(kind: type[BaseException]) -> None:
    raise kind("refused")


def pickles_badly(kind: type[BaseException]) -> Any:
    return RaisesWhenPickled(kind)


def opens_badly_here(kind: type[BaseException]) -> Any:
    return RaisesWhenOpened(kind)


def _refuse() -> None:
    raise RuntimeError("cannot be opened")


class OpensBadlyInWorker:
    """Unpickles in the process that made it, and nowhere else."""

    def __reduce__(self) -> Any:
        return _open_only_in, (os.getpid(),)


def _open_only_in(owner: int) -> OpensBadlyInWorker:
    if os.getpid() != owner:
        raise RuntimeError("not in this process")
    return OpensBadlyInWorker()


def initialize(value: Any) -> None:
    _initialized.append(value)


def initialize_slowly(started: str, gate: str) -> None:
    """The first one announces itself and waits; later ones find the gate open."""
    if not os.path.exists(gate):
        announce_and_wait(started, gate)


def initialized() -> list[Any]:
    return _initialized


def initialize_badly(message: str) -> None:
    raise LookupError(message)


def kill_self() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def describe_tensor(tensor: Any) -> tuple[Any, ...]:
    return (
        tensor.is_conj(),
        tensor.is_neg(),
        tensor.stride(),
        tensor.untyped_storage().nbytes(),
        tensor.resolve_conj().resolve_neg().tolist(),
    )


def fill(tensor: Any, value: float) -> Any:
    tensor.fill_(value)
    return tensor


def share_storage(tensors: list[Any]) -> bool:
    tensors[0].fill_(7)
    return bool((tensors[1] == 7).all())


def non_leaf() -> Any:
    import torch

    return torch.ones(2, requires_grad=True) * 2


def tracker_of_a_block(name: str) -> int | None:
    """Attach to a block of shared memory; the pid of the resource tracker that was told so."""
    from multiprocessing.resource_tracker import _resource_tracker
    from multiprocessing.shared_memory import SharedMemory

    SharedMemory(name=name).close()
    pid: int | None = vars(_resource_tracker)["_pid"]
    return pid
