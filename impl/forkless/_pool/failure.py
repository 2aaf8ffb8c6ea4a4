"""Failures on the wire: what a worker sends when a task has no value to send.

The exception lies in it pickled on its own, so that the rest can be read whatever pickle thinks
of the exception. Nothing here runs in the pool's own threads.
"""

from __future__ import annotations

import pickle
import traceback
from dataclasses import dataclass
from typing import Any

from . import codec
from .frames import Buffer
from .picklers import PROTOCOL

_REPR_LIMIT = 200


@dataclass(frozen=True)
class Failure:
    """An exception as it was in the worker."""

    exception: bytes | None  # pickled; None where it cannot be
    exits: bool  # SystemExit, KeyboardInterrupt, GeneratorExit
    type_name: str
    text: str  # short representation of the object
    reason: str  # why it could not be pickled
    doing: str  # what could not be done, for the message
    traceback: str


def encode_failure(error: BaseException) -> Buffer:
    """An exception that a task raised."""
    pickled, reason = None, ""
    try:
        pickled = bytes(codec.dumps(error))
    except BaseException as problem:  # noqa: BLE001 - an exception's reducer may raise anything
        reason = brief(problem)
    return _encode(error, error, pickled, reason, "task's exception cannot be pickled")


def encode_unsendable(value: object, problem: BaseException) -> Buffer:
    """A result that cannot be pickled."""
    return _encode(value, problem, None, brief(problem), "task's result cannot be pickled")


def _encode(
    subject: object, error: BaseException, pickled: bytes | None, reason: str, doing: str
) -> Buffer:
    text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    failure = Failure(
        exception=pickled,
        exits=isinstance(subject, BaseException) and not isinstance(subject, Exception),
        type_name=type_name(subject),
        text=brief(subject),
        reason=reason,
        doing=doing,
        traceback=text,
    )
    return pickle.dumps(tuple(vars(failure).values()), PROTOCOL)


def decode_failure(body: Any) -> Failure:
    return Failure(*pickle.loads(body))


def type_name(subject: object) -> str:
    return f"{type(subject).__module__}.{type(subject).__qualname__}"


def brief(subject: object) -> str:
    """A short repr that never raises."""
    try:
        text = repr(subject)
    except BaseException as error:  # noqa: BLE001 - a user's __repr__ may raise anything
        text = f"<{type_name(subject)}, whose repr raised {type(error).__name__}>"
    return text if len(text) <= _REPR_LIMIT else text[: _REPR_LIMIT - 3] + "..."
