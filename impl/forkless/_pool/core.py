"""The core of a pool: what any thread may ask of it. Pool and Executor are faces of it.

The submitting thread hands a batch straight to an idle worker, or leaves it in the ledger's
queue; from then on the manager thread alone decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from multiprocessing.util import Finalize
from typing import Any

from ..arena.arena import Arena, make_segment
from . import direct
from .batch import Batch
from .callbacks import CallbackThread
from .deadlines import Deadlines
from .endings import settle_all
from .keeper import Keeper
from .ledger import Given, Ledger, OpenStream, State
from .manager import Manager


class Core:
    def __init__(
        self,
        context: BaseContext,
        size: int,
        initializer: Callable[..., object] | None,
        initargs: Iterable[Any],
        max_batches: int | None,
        name: str,
    ) -> None:
        self.size = size
        self.callbacks = CallbackThread(f"{name}-callbacks")
        deadlines = Deadlines()
        self._ledger = Ledger(deadlines)
        segment = make_segment()
        self.arena = None if segment is None else Arena(segment)  # for large arguments
        self._keeper = Keeper(context, initializer, initargs, self.arena, f"{name}-keeper")
        self._manager = Manager(
            size, max_batches, self._keeper, self._ledger, deadlines, self._on_end, name
        )
        self.post = self._manager.post
        self.request_termination = self._manager.request_termination
        self._recycles = max_batches is not None
        self._at_exit: Any = None

    def start(self) -> None:
        """Start the workers, then the threads, so that the first workers fork without threads."""
        try:
            self._manager.crew.launch()
        except BaseException:
            self._let_go()
            raise
        # Before multiprocessing's own exit handler terminates and joins daemonic processes, as
        # that would wait for a worker which is stopped (SIGSTOP) for ever.
        self._at_exit = Finalize(None, self.terminate, exitpriority=15)
        self._keeper.start()
        self._manager.start()

    def _on_end(self) -> None:
        self._let_go()
        self.callbacks.finish()
        self._at_exit.cancel()

    def _let_go(self) -> None:
        """Of the memory; what has not been read yet keeps its part of it."""
        self.arena = None
        self._keeper.let_go()

    @property
    def state(self) -> State:
        return self._ledger.state

    def check_open(self) -> None:
        """ValueError when the pool takes no more tasks."""
        self._ledger.check_open()

    def processes(self) -> list[BaseProcess]:
        """The worker processes that are not known to be dead."""
        return self._manager.crew.processes()

    # -- tasks --------------------------------------------------------------------------------

    def submit(self, batches: list[Batch], feeding: bool = False) -> None:
        """Queue batches, all or none. ValueError when the pool takes no more tasks.

        `feeding`: on behalf of a stream that was opened in time.
        """
        giver = object()
        try:
            self._send(self._admit(batches, feeding, giver))
        except BaseException:
            self.post(partial(self._manager.take_over, giver))
            raise

    def _admit(self, batches: list[Batch], feeding: bool, giver: object) -> list[Given]:
        given = self._ledger.admit(batches, feeding, giver)
        if given is None:
            ending = self._ledger.ending
            assert ending is not None
            for batch in batches:
                settle_all(batch, ending)
        return given or []

    def _send(self, given: list[Given]) -> None:
        timed = False
        for worker, batch in given:
            worker.send(batch)
            timed = timed or batch.limits.timeout is not None
        if timed:
            self._manager.wake()

    def call(self, batches: list[Batch]) -> None:
        """Submit one untimed task whose result the caller is going to wait for.

        `batches` is what `single` made of it. While a worker is idle, nothing is queued: what is
        given at once is this task.
        """
        giver = object()
        try:
            given = self._admit(batches, False, giver)
            if given and not self._recycles:
                direct.call(*given[0], self._ledger, self._manager)
            else:
                self._send(given)
        except BaseException:
            self.post(partial(self._manager.take_over, giver))
            raise

    def open_stream(self, stream: OpenStream) -> None:
        """A closed pool waits for its open streams. ValueError as in `submit`."""
        ending = self._ledger.open_stream(stream)
        if ending is not None:
            stream.cut(ending())

    def close_stream(self, stream: OpenStream) -> None:
        self._ledger.close_stream(stream)
        self._manager.wake()

    def withdraw(self) -> list[Batch]:
        """Take back every batch that no worker has begun."""
        batches = self._ledger.withdraw()
        self._manager.wake()
        return batches

    # -- the pool itself; in a fork of its process there is nothing to end or to wait for -------

    def resize(self, size: int) -> None:
        """Have `size` workers, soon. ValueError when the pool takes no more tasks."""
        if size < 1:
            raise ValueError(f"Number of processes must be at least 1, not {size}")
        self.check_open()
        self.size = size
        self.post(partial(self._manager.crew.resize, size))

    def close(self) -> None:
        self._ledger.close()
        self._manager.wake()

    def request_close(self) -> None:
        """Close soon, without waiting and without a lock."""
        self.post(self._ledger.close)

    def terminate(self) -> None:
        """Kill the workers, fail what is pending, and wait until nothing is left of the pool."""
        self._ledger.terminate()
        if not self._ledger.is_foreign():
            self.request_termination()
            self._manager.join()

    def join(self) -> None:
        """Wait until all tasks have settled and all processes and threads have ended."""
        if not self._ledger.is_foreign():
            self._manager.join()
            self.callbacks.join()
