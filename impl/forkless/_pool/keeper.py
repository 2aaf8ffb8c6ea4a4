"""The thread that starts and buries worker processes, as both may wait for the system.

Starting pickles initargs (the user's code) and may wait for a server; burying waits until the
system has the exit code. Neither may hold up results, so neither happens in the manager thread.

Guarantees: an order never raises; what came of it is posted to the manager.
Assumes: orders come from the manager thread; `launch` alone is also called by the constructor.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from typing import Any

from ..arena.arena import Arena, Window
from . import worker
from .batch import Batch
from .forking import forking
from .memory import Shared
from .page import Page
from .transport import Channel, Line, make_line

_GRACE = 1.0  # seconds between SIGTERM and SIGKILL


@dataclass(eq=False)
class Worker:
    """One worker process, as its pool sees it. The manager's lock guards what changes."""

    process: BaseProcess
    line: Line
    page: Page  # its outbox
    arena: Arena | None  # the pool's own, where its large arguments lie
    window: Window | None  # on the worker's arena, where its large results lie
    channel: Channel | None = None
    ready: bool = False
    retiring: bool = False  # it is given nothing more
    hung_up: bool = False  # it closed its pipe
    overdue: bool = False  # it was killed as its task had taken too long
    barred: bool = False  # the ledger gives it nothing more
    giver: object = None  # stands for the call that gave it `batch`; None: the manager did
    in_doubt: bool = False  # the giver is in the middle of writing to it, or reading from it
    batch: Batch | None = None
    settled: int = 0  # tasks of `batch` that have ended
    ticket: int = 0  # of `batch`: how many batches it was given so far

    def send(self, batch: Batch) -> None:
        """Send what it was given; the manager gets the answers."""
        self.watch()
        self.write(batch)
        self.in_doubt = False

    def watch(self) -> None:
        """Have the manager get what it answers."""
        assert self.channel is not None
        self.channel.watch()

    def write(self, batch: Batch) -> None:
        """Send what it was given."""
        assert self.channel is not None
        self.channel.send(batch.encode(self.ticket))

    def end_leases(self) -> None:
        """It is dead: it sees nothing of the pool's arena any more."""
        if self.arena is not None:
            self.arena.reclaim(self)


class Keeper:
    def __init__(
        self,
        context: BaseContext,
        initializer: Callable[..., object] | None,
        initargs: Iterable[Any],
        arena: Arena | None,
        name: str,
    ) -> None:
        self._arena = arena
        self._context = context
        self._initializer = initializer
        self._initargs = tuple(initargs)
        self._forks = context.get_start_method() == "fork"
        self._orders: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def finish(self) -> None:
        self._orders.put(None)

    def let_go(self) -> None:
        """No worker will be started any more."""
        self._arena = None

    def join(self) -> None:
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        while (order := self._orders.get()) is not None:
            order()

    def launch(self) -> Worker:
        """Start a worker."""
        if not self._forks:
            return self._launch()
        with forking.of_a_worker():
            return self._launch()

    def _launch(self) -> Worker:
        ours, theirs = make_line(self._context)
        forking.lines.add(ours)
        shared = Shared.make(self._arena)
        arguments = (theirs, shared, self._initializer, self._initargs, self._forks)
        try:
            process = self._context.Process(  # type: ignore[attr-defined]
                target=worker.main, args=arguments, daemon=True
            )
            process.name = process.name.replace("Process", "PoolWorker")
            process.start()
            forking.workers.add(process)
        except BaseException:
            ours.close()
            shared.page.close()
            raise
        finally:
            theirs.close()
            shared.handed_over()
        window = None if shared.results is None else Window(shared.results)
        return Worker(process, ours, shared.page, self._arena, window)

    def order_start(
        self, started: Callable[[Worker], None], failed: Callable[[Exception], None]
    ) -> None:
        def start() -> None:
            try:
                one = self.launch()
            except Exception as error:  # noqa: BLE001 - the context may be anyone's
                failed(error)
            else:
                started(one)

        self._orders.put(start)

    def order_burial(self, one: Worker, buried: Callable[[], None]) -> None:
        """`one` is dead, or as good as: its sentinel said so."""

        def bury() -> None:
            self._end_by(one, _GRACE)
            buried()

        self._orders.put(bury)

    def order_kill(self, workers: list[Worker]) -> None:
        """SIGTERM to all; SIGKILL to those that are stopped, or ignore it."""

        def kill() -> None:
            for one in workers:
                one.process.terminate()
            deadline = time.monotonic() + _GRACE
            for one in workers:
                self._end_by(one, max(0.0, deadline - time.monotonic()))

        self._orders.put(kill)

    @staticmethod
    def _end_by(one: Worker, seconds: float) -> None:
        if one.process.is_alive():  # join() waits for a sentinel that a child of its may hold
            one.process.join(seconds)
        if one.process.is_alive():
            one.process.kill()
            one.process.join()
