"""Wrong contexts for START: what children print, say when they fail, and read."""

from __future__ import annotations

import io
import os
import sys
from dataclasses import dataclass
from typing import Any

from poolproof.saboteurs.contexts import Target, bad_children, bad_targets


@dataclass(frozen=True)
class _Mute:
    """Fails without a word."""

    target: Target

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        try:
            self.target(*args, **kwargs)
        except Exception:
            sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - for as long as the child lives
            raise


class _Echo:
    """A stream that says everything twice."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        self._stream.write(text)
        return int(self._stream.write(text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _print_twice() -> None:
    setattr(sys, "stdout", _Echo(sys.stdout))  # noqa: B010 - it is no TextIO


def _offer_input() -> None:
    sys.stdin = io.StringIO("left over\n")


SABOTEURS = (
    bad_targets(
        "START-12",
        "fails-without-a-word",
        "A child that raises says nothing on standard error.",
        "standard error does not say 'Traceback'",
        _Mute,
    ),
    bad_children(
        "START-13",
        "prints-twice",
        "What a child prints comes out twice.",
        "came 2 times",
        _print_twice,
    ),
    bad_children(
        "START-20",
        "offers-input",
        "A child has a line on its standard input.",
        "read 'left over",
        _offer_input,
    ),
)
