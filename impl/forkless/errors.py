"""Errors that forkless raises about itself; whatever a target raises is passed on untouched."""

from __future__ import annotations

from multiprocessing import ProcessError


class ForkserverError(ProcessError):
    """The server, a spare or a preload failed; the text says what, why, and the way out."""
