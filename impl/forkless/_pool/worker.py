"""The worker process: take a batch, run its tasks one after the other, give its results.

Guarantees
- Before a task begins, also before its arguments are unpickled, the pool can see that; before the
  next one begins, it can see its result.
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
from .batch import Received
from .collector import Collector
from .envelope import Sealed
from .failure import encode_failure, encode_unsendable
from .frames import Buffer, Kind
from .memory import Shared, WorkerMemory
from .outbox import Outbox
from .transport import Line, WorkerEnd

_SENT_TOGETHER = 1 << 14  # results


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
    outbox = Outbox(shared.page, end)
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
            _run(Received(frame.body, memory.window), outbox, memory, interrupts)
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


def _run(batch: Received, outbox: Outbox, memory: WorkerMemory, interrupts: _Interrupts) -> None:
    outbox.open(batch.ticket)
    if batch.together:
        _run_together(batch, Collector(outbox), memory, interrupts)
    else:
        _run_apart(batch, outbox, memory, interrupts)


def _run_apart(
    batch: Received, outbox: Outbox, memory: WorkerMemory, interrupts: _Interrupts
) -> None:
    for position, payload in enumerate(batch.payloads):
        outbox.begin(position)
        interrupts.running = True
        try:
            value = batch.call(payload)
            interrupts.running = False
        except BaseException as error:  # noqa: BLE001 - SystemExit and its like are its outcome too
            interrupts.running = False
            outbox.give(Kind.RAISED, encode_failure(error))
            continue
        if not outbox.add(value):
            outbox.give(*_packed(value, memory))
    outbox.flush()


def _run_together(
    batch: Received, collector: Collector, memory: WorkerMemory, interrupts: _Interrupts
) -> None:
    def give(value: Any) -> None:
        interrupts.running = False
        if not collector.add(value):
            collector.give(*_packed(value, memory))
        interrupts.running = True

    tasks = batch.payloads
    most = 1  # the first one finds the function
    while collector.ended < len(tasks):
        first = collector.ended
        interrupts.running = True
        try:
            collector.call_each(batch.call, tasks[first : first + most], give)
            interrupts.running = False
        except BaseException as error:
            interrupts.running = False
            if collector.is_in_task:
                collector.give(Kind.RAISED, encode_failure(error))
            elif not isinstance(error, KeyboardInterrupt):  # which may come between two tasks
                raise
        collector.flush()
        most = _SENT_TOGETHER


def _packed(value: Any, memory: WorkerMemory) -> tuple[Kind, Buffer]:
    try:
        body = codec.dumps(value, memory.arena)
    except BaseException as error:  # noqa: BLE001 - a value's reducer may raise anything
        return Kind.RAISED, encode_unsendable(value, error)
    if type(body) is Sealed:
        body.lend(memory.window)
    return Kind.VALUE, body
