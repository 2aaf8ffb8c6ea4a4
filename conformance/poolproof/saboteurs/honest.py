"""The right pool that every saboteur is made of, and the ways to spoil it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing.context import BaseContext
from typing import Any

from poolproof_reports.results import Outcome

from poolproof.drivers.base import OpenOptions, Subject
from poolproof.drivers.resolve import REFERENCE, resolve
from poolproof.saboteurs.record import Saboteur

# Its native contexts are the standard library's, and honest enough to be spoiled.
subject = replace(resolve(REFERENCE), lacks={})


def open_honest(options: OpenOptions) -> Any:
    """The raw reference pool."""
    return subject.open(options)


def honest_context(start_method: str) -> BaseContext:
    """The reference context of a start method."""
    if subject.context is None:
        raise LookupError(f"{subject.name} offers no context")
    return subject.context(start_method)


def disguised(name: str, opener: Callable[[OpenOptions], Any]) -> Subject:
    """A subject that declares what the reference pool does, and opens something else."""
    return replace(subject, name=name, open=opener)


def bad_pool(
    rule: str,
    name: str,
    fault: str,
    says: str,
    opener: Callable[[OpenOptions], Any],
    outcome: Outcome = Outcome.FAIL,
) -> Saboteur:
    """A saboteur that opens `opener`, and declares what the reference pool does."""
    subject = disguised(name, opener)
    return Saboteur(name=name, fault=fault, rule=rule, says=says, subject=subject, outcome=outcome)


class Spoiled:
    """An honest pool of which a subclass spoils some methods; the others are as they were."""

    def __init__(self, options: OpenOptions) -> None:
        self.honest = open_honest(options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.honest, name)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: object) -> None:
        self.honest.__exit__(*error)


class SpoiledResult:
    """An honest AsyncResult of which a subclass spoils `get`."""

    def __init__(self, honest: Any) -> None:
        self.honest = honest

    def __getattr__(self, name: str) -> Any:
        return getattr(self.honest, name)


@dataclass(frozen=True, slots=True)
class Before:
    """A task whose arguments are changed in the worker before it runs."""

    change: Callable[[Any], Any]
    task: Callable[..., Any]

    def __call__(self, /, *arguments: Any, **keywords: Any) -> Any:
        return self.task(*map(self.change, arguments), **keywords)


@dataclass(frozen=True, slots=True)
class After:
    """A task whose result is changed in the worker after it ran."""

    change: Callable[[Any], Any]
    task: Callable[..., Any]

    def __call__(self, /, *arguments: Any, **keywords: Any) -> Any:
        return self.change(self.task(*arguments, **keywords))


def in_workers(
    when: type[Before] | type[After], change: Callable[[Any], Any]
) -> Callable[[OpenOptions], Any]:
    """Opens a pool whose single calls are changed in the worker."""

    class Pool(Spoiled):
        def apply_async(
            self, func: Callable[..., Any], args: Any = (), *more: Any, **kw: Any
        ) -> Any:
            return self.honest.apply_async(when(change, func), args, *more, **kw)

    return Pool
