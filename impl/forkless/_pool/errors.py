"""The typed errors of a pool. forkless.pool exports them."""

from __future__ import annotations

import signal
from concurrent.futures import BrokenExecutor
from multiprocessing import pool
from pickle import PicklingError
from typing import TYPE_CHECKING

# typeshed does not know these two.
if TYPE_CHECKING:

    class MaybeEncodingError(Exception): ...

    class RemoteTraceback(Exception):
        def __init__(self, text: str) -> None: ...
else:
    MaybeEncodingError, RemoteTraceback = pool.MaybeEncodingError, pool.RemoteTraceback


class PoolError(Exception):
    """Something happened to the pool or to the transport of a task, not in the task itself."""


class WorkerDied(PoolError):
    """The worker process died while it ran this task; the task is not run again.

    Attributes: `pid`; `exitcode` as `Process.exitcode` (None where the system lost it);
    `signal` (a name such as "SIGKILL", or None); `task` (the function's qualified name).
    """

    def __init__(self, pid: int | None, exitcode: int | None, task: str) -> None:
        super().__init__(pid, exitcode, task)
        self.pid = pid
        self.exitcode = exitcode
        self.signal = _signal_name(exitcode)
        self.task = task

    def __str__(self) -> str:
        how = f"killed by {self.signal}" if self.signal else f"exit code {self.exitcode}"
        return (
            f"worker {self.pid} died ({how}) while it ran {self.task!r}; the task may have had "
            "effects and is not run again, the pool goes on with a new worker"
        )


class TaskTimeout(PoolError):
    """The task was not done in its `timeout=`; its worker was killed and replaced.

    Not a TimeoutError, which says of a `get(timeout)` that the result may still come.
    Attributes: `pid`; `task` (the function's qualified name); `seconds` it was allowed.
    """

    def __init__(self, pid: int | None, task: str, seconds: float) -> None:
        super().__init__(pid, task, seconds)
        self.pid = pid
        self.task = task
        self.seconds = seconds

    def __str__(self) -> str:
        return (
            f"{self.task!r} was not done after {self.seconds} s, so worker {self.pid} was killed; "
            "the task may have had effects and is not run again, the pool goes on with a new worker"
        )


class TaskExited(PoolError):
    """A task raised SystemExit, KeyboardInterrupt or GeneratorExit: the original is the cause.

    They do not arrive as themselves, as reading the result would end the reader's program.
    """


class InitializerFailed(PoolError, BrokenExecutor):
    """No worker gets through its start: the initializer raised (its error is the cause) or died."""


class PoolTerminated(PoolError):
    """The pool was terminated before this task had a result."""


class ArgumentNotPicklable(PoolError, PicklingError):
    """pickle cannot carry the function or the arguments of this task; its error is the cause.

    What a user's own reducer raises is passed on as it is.
    Attributes: `task` (the function's qualified name); `reason` (what pickle said).
    """

    def __init__(self, task: str, reason: str) -> None:
        super().__init__(task, reason)
        self.task = task
        self.reason = reason

    def __str__(self) -> str:
        return (
            f"task {self.task!r} cannot be pickled: {self.reason}; use functions and classes that "
            "are defined at the top level of a module, or install cloudpickle for others"
        )


class ResultNotPicklable(PoolError, MaybeEncodingError):
    """A result or exception could not be pickled in the worker, or unpickled by the caller.

    Attributes: `type_name` of the object; `exc` and `value` as in multiprocessing's
    MaybeEncodingError: texts of the pickling error and of the object.
    """

    def __init__(self, type_name: str, exc: str, value: str, doing: str) -> None:
        Exception.__init__(self, type_name, exc, value, doing)
        self.type_name = type_name
        self.exc = exc
        self.value = value
        self.doing = doing

    def __str__(self) -> str:
        return (
            f"the {self.doing}: {self.exc} (type {self.type_name}, value {self.value}); "
            "return a value that pickle can carry both ways"
        )

    __repr__ = Exception.__repr__


def _signal_name(exitcode: int | None) -> str | None:
    if exitcode is None or exitcode >= 0:
        return None
    try:
        return signal.Signals(-exitcode).name
    except ValueError:  # a real-time signal has a number only
        return f"signal {-exitcode}"
