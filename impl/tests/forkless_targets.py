"""What the children of these tests do; they import it by this name."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import types
from typing import Any

import forkless


def nothing() -> None:
    """End at once."""


def leave_by(how: str) -> None:
    """End in one of the ways a process can end."""
    match how:
        case "return":
            return
        case "sys.exit(3)":
            sys.exit(3)
        case "sys.exit(text)":
            sys.exit("a reason")
        case "raise":
            raise ValueError("meant to be seen by nobody")
        case "os._exit(7)":
            os._exit(7)
        case "SIGKILL":
            os.kill(os.getpid(), signal.SIGKILL)


def wait_forever(started: Any = None) -> None:
    """Run until killed."""
    if started is not None:
        started.set()
    threading.Event().wait()


def wait_for(connection: Any, code: int) -> None:
    """Say that this runs, wait for a word, and exit with *code*."""
    connection.send(os.getpid())
    connection.recv()
    sys.exit(code)


def wait_stubbornly(connection: Any, code: int) -> None:
    """As `wait_for`, and go on waiting when nobody is left who could say the word."""
    try:
        wait_for(connection, code)
    except EOFError:
        threading.Event().wait()


def send(connection: Any, value: object) -> None:
    """Send *value* back."""
    connection.send(value)


def send_state(connection: Any) -> None:
    """What this process looks like from inside."""
    import multiprocessing

    parent = multiprocessing.parent_process()
    assert parent is not None
    connection.send(
        {
            "environ": dict(os.environ),
            "cwd": os.getcwd(),
            "sys.path": list(sys.path),
            "sys.argv": list(sys.argv),
            "name": multiprocessing.current_process().name,
            "daemon": multiprocessing.current_process().daemon,
            "authkey": bytes(multiprocessing.current_process().authkey),
            "start method": multiprocessing.get_start_method(),
            "getppid": os.getppid(),
            "parent": (parent.pid, parent.is_alive()),
            "children": len(multiprocessing.active_children()),
        }
    )


def send_posix_state(connection: Any) -> None:
    """What only POSIX processes have."""
    import resource

    mask = os.umask(0)
    os.umask(mask)
    connection.send(
        {
            "umask": mask,
            "SIGINT": signal.getsignal(signal.SIGINT) is signal.default_int_handler,
            "SIGUSR1 ignored": signal.getsignal(signal.SIGUSR1) is signal.SIG_IGN,
            "blocked": signal.pthread_sigmask(signal.SIG_BLOCK, ()),
            "core limit": resource.getrlimit(resource.RLIMIT_CORE),
        }
    )


def speak() -> None:
    """Write to both standard streams, as Python and as the system sees them."""
    print("out of print")
    os.write(2, b"err of write\n")


def count_up(value: Any, times: int) -> None:
    """Add one under the value's lock, *times* times."""
    for _ in range(times):
        with value.get_lock():
            value.value += 1


def use_everything(things: dict[str, Any]) -> None:
    """Touch one object of each kind."""
    with things["lock"], things["rlock"]:
        things["array"][1] = 2.5
        things["value"].value += 1
    things["semaphore"].acquire()
    things["queue"].put("queued")
    things["simple"].put("simply queued")
    with things["condition"]:
        things["condition"].notify_all()
    things["event"].set()
    things["barrier"].wait(30)
    things["list"].append("managed")


def poll_all(connections: list[Any]) -> None:
    """Write the place of each connection into it."""
    for place, connection in enumerate(connections):
        connection.send(place)


def start_grandchild(connection: Any) -> None:
    """Start a process from a process, and say whose server made it."""
    context = forkless.get_context()
    process = context.Process(target=send, args=(connection, "from a grandchild"))
    process.start()
    process.join(60)
    connection.send((process.exitcode, forkless.status().server_pid))


def start_when_told(connection: Any) -> None:
    """Say that this runs; on each word, start a process, say how it ended and who made it."""
    connection.send(os.getpid())
    while connection.recv() == "start":
        process = forkless.get_context().Process(target=nothing)
        process.start()
        process.join(60)
        connection.send((process.exitcode, forkless.status().server_pid))


def say_when_orphaned(path: str, connection: Any) -> None:
    """Outlive the parent and leave a note that its death was seen."""
    import multiprocessing

    parent = multiprocessing.parent_process()
    assert parent is not None
    connection.send(os.getpid())
    parent.join(60)
    with open(path + ".part", "w") as file:
        file.write(f"{parent.is_alive()} {os.getppid() == parent.pid}")
    os.replace(path + ".part", path)


def receive_pickles(connection: Any) -> None:
    """Unpickle (array, place) pairs while running, and write into each."""
    import pickle

    while message := connection.recv_bytes():
        array, place = pickle.loads(message)
        with array.get_lock():
            array[place] = 2.0 * place
        connection.send("written")


class Custom(forkless.ForklessProcess):
    """A subclass with its own run()."""

    def __init__(self, connection: Any) -> None:
        super().__init__(name="by hand", daemon=True)
        self.connection = connection

    def run(self) -> None:
        self.connection.send(self.name)


def mark_preload() -> None:
    """A preload callable."""
    os.environ["FORKLESS_TEST_PRELOADED"] = str(time.monotonic())
    sys.modules[__name__].preloaded = True  # type: ignore[attr-defined]


def pretend_cuda() -> None:
    """A preload callable: a context of 512 MiB and a tensor of 100, as far as anyone can see."""
    cuda = types.SimpleNamespace(
        is_initialized=lambda: True,
        mem_get_info=lambda: (2000 * 2**20, 8000 * 2**20),
        memory_reserved=lambda: 100 * 2**20,
    )
    sys.modules["torch"] = types.SimpleNamespace(cuda=cuda)  # type: ignore[assignment]


def fail_preload() -> None:
    """A preload callable that fails."""
    raise RuntimeError("no such luck")


def send_preloaded(connection: Any) -> None:
    """Whether ``mark_preload`` ran in this process."""
    connection.send(getattr(sys.modules[__name__], "preloaded", False))


def send_randomness(connection: Any) -> None:
    """A number from every generator in reach."""
    import random

    numbers: list[float] = [random.random()]
    if "torch" in sys.modules:
        import torch

        numbers.append(torch.rand(1, dtype=torch.float64).item())
    connection.send(numbers)


def send_choice(connection: Any) -> None:
    """The preload that a grandchild would have."""
    from forkless import preload

    connection.send(preload.current().names)
