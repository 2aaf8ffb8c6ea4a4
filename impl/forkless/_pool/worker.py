"""The worker process: take a batch, run its tasks one after the other, send each result at once.

Guarantees
- Before a task begins, also before its arguments are unpickled, its number stands in the progress
  page; before the next one begins, its result was written to the pipe.
- The worker ends when the pool's end of the pipe closes, so also when the parent dies.
- Ctrl-C reaches a running task as KeyboardInterrupt, and does nothing to an idle worker.
- Workers draw different random numbers, also from numpy, unless their tasks or initializer seed.

Assumes: it has the process's main thread. It imports little: the first task waits for it.
"""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from .. import sharing
from . import codec
from .batch import Call, Received, progress
from .envelope import Sealed, accept
from .failure import encode_failure, encode_unsendable
from .frames import Kind
from .memory import Shared, WorkerMemory
from .transport import Line, WorkerEnd


class _Interrupts:
    """Lets SIGINT through while a task runs, and only then."""

    def __init__(self) -> None:
        self.running = False
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._interrupt)

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        if self.running:
            raise KeyboardInterrupt


def main(
    line: Line,
    shared: Shared,
    initializer: Callable[..., object] | None,
    initargs: tuple[Any, ...],
    forked: bool,
) -> None:
    """The process's target."""
    if forked:
        _seed_numpy_anew()
    end = WorkerEnd(line)
    sharing.gives_away = True
    memory = WorkerMemory(shared)
    interrupts = _Interrupts()
    try:
        if initializer is not None:
            interrupts.running = True
            try:
                initializer(*initargs)
            except BaseException as error:  # noqa: BLE001 - whatever it is, the pool must hear of it
                interrupts.running = False
                end.send(Kind.INITIALIZER_FAILED, 0, encode_failure(error))
                return
            interrupts.running = False
        end.send(Kind.READY, 0, b"")
        while (frame := end.receive()) is not None and frame.kind == Kind.RUN:
            _run(Received(frame.body), end, memory, interrupts)
    except OSError:
        return  # the pool is gone, and with it whoever wanted a result


def _seed_numpy_anew() -> None:
    """A forked worker has a copy of its parent's generators, so that all would draw the same.

    Python seeds its own anew in each fork. numpy does not:
    https://github.com/pytorch/pytorch/issues/5059
    """
    if (random := sys.modules.get("numpy.random")) is not None:
        # One that is half imported has no seed(), and not every bit generator takes one.
        with contextlib.suppress(AttributeError, TypeError):
            random.seed()


def _run(batch: Received, end: WorkerEnd, memory: WorkerMemory, interrupts: _Interrupts) -> None:
    for position, payload in enumerate(batch.payloads):
        memory.page.cell[0] = progress(batch.ticket, position)
        end.send(*_outcome(batch, payload, position, memory, interrupts))


def _outcome(
    batch: Received,
    payload: memoryview,
    position: int,
    memory: WorkerMemory,
    interrupts: _Interrupts,
) -> tuple[int, int, Any]:
    message = accept(payload, memory.window)
    interrupts.running = True
    try:
        if batch.call == Call.ALONE:
            function, args, kwds = codec.loads(message)
            value = function(*args, **kwds)
        elif batch.call == Call.ITEM:
            value = batch.function()(codec.loads(message))
        else:
            value = batch.function()(*codec.loads(message))
        interrupts.running = False
    except BaseException as error:  # noqa: BLE001 - SystemExit and its like are the task's outcome too
        interrupts.running = False
        return Kind.RAISED, position, encode_failure(error)
    try:
        body = codec.dumps(value, memory.arena)
    except BaseException as error:  # noqa: BLE001 - a value's reducer may raise anything
        return Kind.RAISED, position, encode_unsendable(value, error)
    if type(body) is Sealed:
        body.lend(memory.window)
    return Kind.VALUE, position, body
