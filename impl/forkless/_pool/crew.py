"""The crew: a pool's workers, started, replaced, retired and buried so that there are `size`.

Guarantees
- A worker is retired only while it is idle or when it ended a batch.
- A pool whose workers cannot start is given up after a few attempts; it does not respawn for ever.
- `on_loss` is told of a dead worker when the system has its exit code: by then it runs no more.

Assumes: the manager thread calls everything but `launch` (before there is one) and `processes`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection
from functools import partial
from multiprocessing.process import BaseProcess

from .endings import not_startable
from .frames import HEADER, Kind
from .keeper import Keeper, Worker
from .ledger import Ending, Ledger
from .transport import Channel

_EARLY_DEATHS = 3  # starts in a row that fail before the pool gives up


class Crew:
    def __init__(
        self,
        size: int,
        max_batches: int | None,
        keeper: Keeper,
        ledger: Ledger,
        post: Callable[[Callable[[], None]], None],
        watch: Callable[[Worker], Channel],
        give_up: Callable[[Ending], None],
        on_loss: Callable[[Worker], None],
    ) -> None:
        self.size = size
        self.stopped = False  # all were told to end
        self._max_batches = max_batches
        self._keeper = keeper
        self._ledger = ledger
        self._post = post
        self._watch = watch
        self._give_up = give_up
        self._on_loss = on_loss
        self._workers: dict[Channel, Worker] = {}
        self._living: list[BaseProcess] = []
        self._starting = 0
        self._dying = 0  # workers that are dead and not yet buried
        self._early_deaths = 0

    # -- other threads ------------------------------------------------------------------------

    def launch(self) -> None:
        """Start the first workers, in the caller's thread."""
        launched: list[Worker] = []
        try:
            for _ in range(self.size):
                launched.append(self._keeper.launch())
        except BaseException:
            for one in launched:
                one.process.kill()
                one.process.join()
                one.line.close()
                one.page.close()
            raise
        self._starting = self.size
        self._living = [one.process for one in launched]
        for one in launched:
            self._post(partial(self._adopt, one))

    def processes(self) -> list[BaseProcess]:
        """The worker processes that are not known to be dead."""
        return list(self._living)

    # -- the manager thread -------------------------------------------------------------------

    @property
    def workers(self) -> Collection[Worker]:
        return self._workers.values()

    def member(self, channel: Channel) -> Worker | None:
        return self._workers.get(channel)

    def has(self, worker: Worker) -> bool:
        return worker in self.workers

    def is_gone(self) -> bool:
        """Whether nothing is left to wait for."""
        return not (self._workers or self._starting or self._dying)

    def is_whole(self) -> bool:
        """Whether no loss is still to be reported."""
        return not self._dying

    def on_ready(self, worker: Worker) -> None:
        worker.ready = True
        self._early_deaths = 0

    def retire_if_due(self, worker: Worker) -> None:
        """For a worker that ended its batch: whether it was its last."""
        if worker.ticket == self._max_batches or self._ledger.is_overstaffed or self.stopped:
            self._retire(worker)
            self._ledger.is_overstaffed = self._active() > self.size

    def kill(self, worker: Worker) -> None:
        """Kill it at once, whatever it does."""
        with contextlib.suppress(OSError):  # it may not be ours to kill any more (setuid)
            worker.process.kill()

    def kill_all(self) -> None:
        self._keeper.order_kill(list(self.workers))

    def stop(self) -> None:
        """Let all workers end: there will be no more tasks."""
        self.stopped = True
        for worker in self.workers:
            self._retire(worker)

    def resize(self, size: int) -> None:
        self.size = size
        self._fit()

    def on_death(self, worker: Worker) -> None:
        assert worker.channel is not None
        self._ledger.bar(worker)
        del self._workers[worker.channel]
        self._living.remove(worker.process)
        self._dying += 1
        self._keeper.order_burial(worker, lambda: self._post(partial(self._on_burial, worker)))

    def _on_burial(self, worker: Worker) -> None:
        self._dying -= 1
        process = worker.process
        self._on_loss(worker)
        worker.page.close()
        if not worker.ready and not worker.retiring:
            self._on_early_death(
                f"worker {process.pid} ended with exit code {process.exitcode} before it was ready"
            )
        self._fit()

    def _on_failed_start(self, error: Exception) -> None:
        self._starting -= 1
        self._on_early_death("a worker process could not be started", error)
        self._fit()

    def _on_early_death(self, reason: str, error: Exception | None = None) -> None:
        self._early_deaths += 1
        if self._early_deaths >= _EARLY_DEATHS:
            self._give_up(partial(not_startable, _EARLY_DEATHS, reason, error))

    def _adopt(self, worker: Worker) -> None:
        self._starting -= 1
        worker.channel = self._watch(worker)
        self._workers[worker.channel] = worker
        if worker.process not in self._living:
            self._living.append(worker.process)
        if self._ledger.ending is not None:
            self._keeper.order_kill([worker])
        elif self.stopped or self._active() > self.size:
            self._retire(worker)

    def _fit(self) -> None:
        """Start or retire workers, while there is or may be work for them."""
        ledger = self._ledger
        if ledger.ending is not None or self.stopped:
            return
        if not ledger.is_open() and ledger.is_drained():
            return
        missing = self.size - self._active() - self._starting
        for _ in range(missing):
            self._starting += 1
            self._keeper.order_start(
                lambda worker: self._post(partial(self._adopt, worker)),
                lambda error: self._post(partial(self._on_failed_start, error)),
            )
        for worker in ledger.dismiss(max(0, -missing)):
            self._retire(worker)

    def _active(self) -> int:
        return sum(not worker.retiring for worker in self.workers)

    def _retire(self, worker: Worker) -> None:
        if not worker.retiring and worker.channel is not None:
            worker.retiring = True
            worker.channel.send([HEADER.pack(Kind.STOP, 0, 0)])
