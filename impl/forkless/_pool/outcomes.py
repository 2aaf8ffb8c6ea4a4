"""Opening an outcome: the value a task returned, or the exception that its caller shall get.

This runs the user's code (`__setstate__`, reducers), so it is called in the thread that asks for
the result, or in the callback thread, never in the pool's manager thread.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from . import codec
from .batch import Outcome, Verdict
from .envelope import Parcel
from .errors import InitializerFailed, RemoteTraceback, ResultNotPicklable, TaskExited
from .failure import Failure, brief, decode_failure
from .frames import Buffer


@dataclass(frozen=True)
class Opened:
    """`value` is the exception to raise when not `success`."""

    success: bool
    value: Any


def lost(error: BaseException) -> Outcome:
    """The outcome of a task about which only the pool itself has something to say."""
    return Outcome(Verdict.LOST, error)


def open_outcome(outcome: Any) -> Opened:
    """Unpickle. Whatever that raises becomes the outcome of this one task."""
    if type(outcome) is not Outcome:  # a plain value
        return Opened(True, outcome)
    content = outcome.content
    if isinstance(content, BaseException):
        return Opened(False, content)
    if outcome.verdict == Verdict.VALUE:
        try:
            return Opened(True, codec.loads(content))
        except BaseException as error:
            if _is_ctrl_c(error):
                raise
            return Opened(False, _unopened(content, error))
    assert not isinstance(content, Parcel)  # a failure travels without an arena
    raised = _exception(decode_failure(content))
    if outcome.verdict == Verdict.UNREADY:
        failed = InitializerFailed(f"the pool's initializer raised {brief(raised)}")
        failed.__cause__ = raised
        return Opened(False, failed)
    return Opened(False, raised)


def _is_ctrl_c(error: BaseException) -> bool:
    """Whether it may be the user's, who wants the program to end, and not the task's."""
    interrupt = isinstance(error, KeyboardInterrupt)
    return interrupt and threading.current_thread() is threading.main_thread()


def _unopened(content: Buffer | Parcel, error: BaseException) -> ResultNotPicklable:
    problem = ResultNotPicklable(
        "unknown",
        brief(error),
        f"{len(content)} bytes of pickle",
        "task's result cannot be unpickled by its caller",
    )
    problem.__cause__ = error
    return problem


def _exception(failure: Failure) -> BaseException:
    trace = RemoteTraceback(f'\n"""\n{failure.traceback}"""')
    reason, doing = failure.reason, failure.doing
    if failure.exception is not None:
        try:
            error = codec.loads(failure.exception)
        except BaseException as problem:
            if _is_ctrl_c(problem):
                raise
            reason, doing = brief(problem), "task's exception cannot be unpickled by its caller"
        else:
            return _arrived(error, failure, trace)
    unsendable = ResultNotPicklable(failure.type_name, reason, failure.text, doing)
    unsendable.__cause__ = trace
    return unsendable


def _arrived(error: BaseException, failure: Failure, trace: Exception) -> BaseException:
    error.__cause__ = trace
    if not failure.exits:
        return error
    exited = TaskExited(f"the task raised {failure.text}")
    exited.__cause__ = error
    return exited
