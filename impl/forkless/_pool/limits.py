"""Limits: what a caller allows one task, `timeout` seconds and `retries` repetitions."""

from __future__ import annotations

from typing import NamedTuple


class Limits(NamedTuple):
    timeout: float | None = None  # seconds with a worker
    retries: int = 0  # after the death of its worker

    @classmethod
    def checked(cls, timeout: float | None, retries: int) -> Limits:
        """ValueError or TypeError for what cannot be a limit."""
        if timeout is not None and not timeout > 0:
            raise ValueError(f"timeout must be more than 0 seconds or None, not {timeout!r}")
        if not isinstance(retries, int):
            raise TypeError(f"retries must be an int, not {retries!r}")
        if retries < 0:
            raise ValueError(f"retries must be at least 0, not {retries}")
        return cls(timeout, retries)

    def one_less(self) -> Limits:
        return self._replace(retries=self.retries - 1)


UNLIMITED = Limits()
