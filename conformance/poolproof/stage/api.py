"""What a rule's `run` gets to work with, inside the stage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.context import BaseContext
from subprocess import Popen
from typing import Any

from poolproof import journal
from poolproof.drivers.base import OpenOptions, Pool, Subject
from poolproof.history import Kind
from poolproof.plan import JSON, Plan
from poolproof.stage.program import Errand, run
from poolproof.values import describe, describe_error


@dataclass
class Stage:
    """The pool under test and the journal of the plan at hand.

    A rule that leaves its pool whole takes `pool()`, which plans share; one that breaks or closes
    it takes `fresh_pool()`.
    """

    subject: Subject
    start_method: str
    capabilities: frozenset[str]
    folder: str = ""  # of the journal; tasks that record get it as an argument
    spec: str = ""  # what stands behind --pool, for programs that resolve it anew
    _shared: dict[int, Pool] = field(default_factory=dict)

    @property
    def context(self) -> BaseContext:
        """The context of this start method, for rules of `Kind.CONTEXT`."""
        if self.subject.context is None:
            raise LookupError(f"{self.subject.name} offers no context; declare Kind.CONTEXT")
        return self.subject.context(self.start_method)

    def pool(self, workers: int = 2) -> Pool:
        """An open pool that other plans use too: leave it whole."""
        if workers not in self._shared:
            self._shared[workers] = self._open(workers)
        return self._shared[workers]

    @contextmanager
    def fresh_pool(
        self,
        workers: int = 2,
        *,
        initializer: Callable[..., object] | None = None,
        initargs: tuple[Any, ...] = (),
        max_tasks: int | None = None,
    ) -> Iterator[Pool]:
        """A pool of this plan's own, terminated at the end unless the plan has closed it."""
        pool = self._open(workers, initializer, initargs, max_tasks)
        try:
            yield pool
        finally:
            pool.terminate()

    def forget_pools(self) -> None:
        """Close what `pool()` has opened (a rule that counts processes wants none around)."""
        while self._shared:
            self._shared.popitem()[1].close()

    @contextmanager
    def program(self, target: str, plan: Plan, **options: Any) -> Iterator[Popen[str]]:
        """Run `function(plan, stage)` of "package.module:function" in a program of its own.

        Its stage has the same pool, start method and journal. `options` are subprocess.Popen's.
        """
        able = tuple(sorted(self.capabilities))
        errand = Errand(target, plan, self.spec, self.start_method, able, self.folder)
        with run(errand, **options) as it:
            yield it

    def note(self, op: str, value: JSON, key: JSON = None) -> None:
        """Record a fact (an INFO event)."""
        journal.record(self.folder, Kind.INFO, op, key, value)

    def call(
        self,
        op: str,
        fn: Callable[[], Any],
        key: JSON = None,
        show: Callable[[Any], JSON] = describe,
    ) -> Any:
        """Do one operation of the plan and record it: invoke, then ok with `show(value)` or fail.

        Returns:
            What `fn` returned; None when it raised.
        """
        journal.record(self.folder, Kind.INVOKE, op, key)
        try:
            value = fn()
        except BaseException as error:  # noqa: BLE001 - SystemExit out of get() is a result too
            journal.record(self.folder, Kind.FAIL, op, key, describe_error(error))
            return None
        journal.record(self.folder, Kind.OK, op, key, show(value))
        return value

    def _open(
        self,
        workers: int,
        initializer: Callable[..., object] | None = None,
        initargs: tuple[Any, ...] = (),
        max_tasks: int | None = None,
    ) -> Pool:
        from poolproof.drivers.wrap import wrap  # not in programs that open no pool

        options = OpenOptions(workers, self.start_method, initializer, initargs, max_tasks)
        return wrap(self.subject.open(options))
