"""One-line errors that name what was wrong and the nearest thing that is right."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from difflib import get_close_matches

USAGE = 2
_SHOWN = 20  # of the valid values


class BadInput(ValueError):
    """The user asked for something that cannot be; the message is one line."""


def choice(what: str, value: str, valid: Iterable[str], where: str = "") -> BadInput:
    """The error for a `value` that is none of `valid`; `where` says how to see all of them."""
    known = sorted(valid)
    near = get_close_matches(value, known, n=1, cutoff=0.5)
    some = ", ".join(known[:_SHOWN]) + (", ..." if len(known) > _SHOWN else "")
    hint = f"did you mean {near[0]!r}?" if near else f"expected one of: {some}"
    return BadInput(f"unknown {what} {value!r}: {hint}" + (f" ({where})" if where else ""))


def report(error: Exception) -> int:
    """Print the error and return the exit code for it."""
    print(f"poolproof: error: {' '.join(str(error).split())}", file=sys.stderr)
    return USAGE
