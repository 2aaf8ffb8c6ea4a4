"""Honest contexts of which one thing is spoiled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from poolproof.drivers.base import Subject
from poolproof.saboteurs.honest import honest_context, subject
from poolproof.saboteurs.record import Saboteur

Target = Callable[..., Any]


class SpoiledContext:
    """The reference context of a start method; a subclass spoils something of it."""

    def __init__(self, start_method: str) -> None:
        self._start_method = start_method

    @property
    def honest(self) -> Any:
        """The context as it should be."""
        return honest_context(self._start_method)

    @property
    def Process(self) -> Processes:
        """Makes processes, and is a base of classes of them."""
        return Processes(self)

    def make(self, *args: Any, **options: Any) -> Any:
        """A process object."""
        return self.honest.Process(*args, **options)

    def base(self) -> Any:
        """The class that classes of processes derive from."""
        return self.honest.Process

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # unpickling asks for __setstate__ before there is a state
            raise AttributeError(name)
        return getattr(self.honest, name)


@dataclass(frozen=True)
class Processes:
    """What a spoiled context has for a class of processes: it can be called, and derived from.

    It goes to children as an argument, as such a class does.
    """

    context: SpoiledContext

    def __call__(self, *args: Any, **options: Any) -> Any:
        return self.context.make(*args, **options)

    def __mro_entries__(self, _bases: tuple[Any, ...]) -> tuple[type, ...]:
        return (self.context.base(),)


class SpoiledTarget(SpoiledContext):
    """A context in whose processes the target is wrapped by `spoil`."""

    def __init__(self, start_method: str, spoil: Callable[[Target], Target]) -> None:
        super().__init__(start_method)
        self._spoil = spoil

    def make(
        self, target: Target, args: Any = (), kwargs: Mapping[str, Any] | None = None, **more: Any
    ) -> Any:
        """An honest process that runs the wrapped target."""
        return self.honest.Process(
            target=self._spoil(target), args=args, kwargs=dict(kwargs or {}), **more
        )


class SpoiledProcess:
    """An honest process object of which a subclass spoils something."""

    def __init__(self, honest: Any) -> None:
        self.honest = honest

    def __getattr__(self, name: str) -> Any:
        return getattr(self.honest, name)


class SpoiledProcesses(SpoiledContext):
    """A context whose process objects are wrapped by `spoil`."""

    def __init__(self, start_method: str, spoil: Callable[[Any], Any]) -> None:
        super().__init__(start_method)
        self._spoil = spoil

    def make(self, **options: Any) -> Any:
        """A wrapped process object."""
        return self._spoil(self.honest.Process(**options))


@dataclass(frozen=True, slots=True)
class After:
    """A target that runs in a child after something was spoiled there."""

    spoil: Callable[[], object]
    target: Target

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        self.spoil()
        self.target(*args, **kwargs)


def with_context(name: str, make: Callable[[str], Any]) -> Subject:
    """A subject that is the reference pool but for its context."""
    return replace(subject, name=name, context=make)


def with_targets(name: str, spoil: Callable[[Target], Target]) -> Subject:
    """A subject in whose context every target is wrapped."""
    return with_context(name, partial(SpoiledTarget, spoil=spoil))


def bad_targets(
    rule: str, name: str, fault: str, says: str, spoil: Callable[[Target], Target]
) -> Saboteur:
    """A saboteur that wraps every target."""
    return Saboteur(name=name, fault=fault, rule=rule, says=says, subject=with_targets(name, spoil))


def bad_children(
    rule: str, name: str, fault: str, says: str, spoil: Callable[[], object]
) -> Saboteur:
    """A saboteur that calls `spoil` in each child before its target."""
    return bad_targets(rule, name, fault, says, partial(After, spoil))


def bad_processes(
    rule: str, name: str, fault: str, says: str, spoil: Callable[[Any], Any]
) -> Saboteur:
    """A saboteur that wraps every process object."""
    return bad_context(rule, name, fault, says, partial(SpoiledProcesses, spoil=spoil))


def bad_context(
    rule: str, name: str, fault: str, says: str, make: Callable[[str], Any]
) -> Saboteur:
    """A saboteur with a context of its own."""
    return Saboteur(name=name, fault=fault, rule=rule, says=says, subject=with_context(name, make))
