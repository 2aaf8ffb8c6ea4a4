"""Direct calls: the thread that waits for a task reads the answer itself.

By way of the manager thread an answer costs a change of threads, which takes longer than the task's
way through both pipes.

Guarantees
- Who reads an answer holds the channel's `taking` until the ledger knows of it. So the manager,
  which reads what a dead worker left, finds it in the one place or the other.
- A signal handler may raise anywhere (Ctrl-C), and leaves the worker in doubt while it is not known
  whether it was written to, or read from.

Assumes: the ledger gave the calling thread the worker, for an untimed batch of one task.
"""

from __future__ import annotations

from functools import partial

from .arrival import Loan
from .batch import Batch
from .keeper import Worker
from .ledger import Ledger
from .manager import Manager
from .outbox import outcomes_of


def call(worker: Worker, batch: Batch, ledger: Ledger, manager: Manager) -> None:
    """Send the task, and settle it by its answer. If that fails to come, the manager settles it."""
    assert worker.channel is not None
    loan = worker.channel.borrow()
    if loan is None:
        worker.send(batch)
        return
    try:
        worker.write(batch)
        waiting = True
        while waiting:
            worker.in_doubt = False
            waiting = loan.await_answer()
            worker.in_doubt = True
            waiting = waiting and _take(worker, loan, ledger, manager)
    finally:
        loan.give_back()


def _take(worker: Worker, loan: Loan, ledger: Ledger, manager: Manager) -> bool:
    """Whether the answer is still to come."""
    with loan.taking:
        try:
            frames = loan.read()
        except BlockingIOError:  # the manager read it, as the worker hung up
            return True
        except (OSError, EOFError):
            return False
        if not frames:  # a part of it
            return True
        answered = ledger.answered(worker)
    if not answered.rests:
        manager.post(partial(manager.on_answered, worker))
    if answered.batch is not None:
        outcomes = outcomes_of(frames[0], worker.window)
        answered.batch.sink.settle(answered.batch.first, outcomes)
    return False
