"""The future of a task: in a fork of its process it says that nothing will come, at once."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

from .forking import forking


class PoolFuture(Future[Any]):
    """Asked in a fork before it is done, `result` and `exception` raise PoolError."""

    def __init__(self) -> None:
        super().__init__()
        self._home = forking.pid

    def result(self, timeout: float | None = None) -> Any:
        self._check_home()
        return super().result(timeout)

    def exception(self, timeout: float | None = None) -> BaseException | None:
        self._check_home()
        return super().exception(timeout)

    def _check_home(self) -> None:
        # Without done(), whose lock a thread that is not here may have had at the fork.
        if self._state in ("PENDING", "RUNNING"):
            forking.check_home(self._home)
