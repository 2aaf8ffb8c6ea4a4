"""Child processes of the context under test, and their owner.

Programs and their children import this: keep it light.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from poolproof.stage.api import Stage


def child(stage: Stage, target: Any, *args: Any, **options: Any) -> BaseProcess:
    """A process object, not started."""
    context: Any = stage.context
    made: BaseProcess = context.Process(target=target, args=args, **options)
    return made


@contextmanager
def owned(processes: Sequence[BaseProcess]) -> Iterator[None]:
    """Whatever happens inside, none of `processes` runs afterwards."""
    try:
        yield
    finally:
        for process in processes:
            if process.pid is not None and process.is_alive():
                process.kill()
                process.join()


def run_to_end(*processes: BaseProcess) -> list[int | None]:
    """Start them in order, join them, and return their exit codes."""
    with owned(processes):
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        return [process.exitcode for process in processes]
