"""What a judge says of one history: pass, fail or unknown, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Verdict(str, Enum):
    """Three-valued, so that "could not tell" is never folded into "right"."""

    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with the sentence that a person reads first."""

    verdict: Verdict
    message: str = ""


PASSED = Judgement(Verdict.PASS)


def failed(message: str) -> Judgement:
    """The history violates the rule; `message` says the operation, what came, what was expected."""
    return Judgement(Verdict.FAIL, message)


def unknown(message: str) -> Judgement:
    """The history neither shows nor rules out a violation; `message` says what is missing."""
    return Judgement(Verdict.UNKNOWN, message)
