"""Wrong contexts for START: what caller and child should share is not shared."""

from __future__ import annotations

from types import GeneratorType
from typing import Any

from poolproof.saboteurs.contexts import SpoiledContext, SpoiledProcess, Target, bad_context
from poolproof.tasks_start import add_up, nothing

_MOST = 100


class _OwnEvent:
    """An event of one process."""

    def __init__(self) -> None:
        self._set = False

    def is_set(self) -> bool:
        return self._set

    def set(self) -> None:
        self._set = True

    def clear(self) -> None:
        self._set = False


class _OwnEvents(SpoiledContext):
    def Event(self) -> _OwnEvent:
        return _OwnEvent()


class _Refusing(SpoiledProcess):
    def __init__(self, honest: Any, args: Any) -> None:
        super().__init__(honest)
        self._args = args

    def start(self) -> None:
        if any(isinstance(a, list) and len(a) > _MOST for a in self._args):
            raise ValueError("too many fds")
        self.honest.start()


class _FewDescriptors(SpoiledContext):
    def make(self, *, args: Any = (), **options: Any) -> Any:
        return _Refusing(self.honest.Process(args=args, **options), args)


class _StartsSomethingElse(SpoiledContext):
    def make(self, target: Target, args: Any = (), **options: Any) -> Any:
        if any(isinstance(argument, GeneratorType) for argument in args):
            return self.honest.Process(target=nothing, **options)
        return self.honest.Process(target=target, args=args, **options)


class _KeepsTheDevice(SpoiledContext):
    def make(self, target: Target, args: Any = (), **options: Any) -> Any:
        if target is add_up:
            return self.honest.Process(target=nothing, **options)
        return self.honest.Process(target=target, args=args, **options)


class _OwnArrays(SpoiledContext):
    def RawArray(self, code: str, content: Any) -> Any:
        kind = type(self.honest.RawValue(code, 0))
        return (kind * len(content))(*content)


class _Manager:
    """A manager whose lists stay where they are made."""

    def __init__(self, honest: Any) -> None:
        self.honest = honest

    def __enter__(self) -> _Manager:
        self.honest.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self.honest.__exit__(*error)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.honest, name)

    def list(self) -> list[Any]:
        return []


class _OwnLists(SpoiledContext):
    def Manager(self) -> Any:
        return _Manager(self.honest.Manager())


SABOTEURS = (
    bad_context(
        "START-22",
        "drops-generators",
        "A child with a generator among its arguments does nothing, and ends well.",
        "the target did not run with a generator",
        _StartsSomethingElse,
    ),
    bad_context(
        "START-21",
        "shares-no-events",
        "Each process has an Event of its own.",
        "Event as an argument: the caller saw",
        _OwnEvents,
    ),
    bad_context(
        "START-30",
        "refuses-many-connections",
        f"start() raises for a process with a list of more than {_MOST} arguments.",
        "raised builtins.ValueError",
        _FewDescriptors,
    ),
    bad_context(
        "START-40",
        "copies-raw-arrays",
        "Each process has a RawArray of its own.",
        "into a RawArray",
        _OwnArrays,
    ),
    bad_context(
        "START-43",
        "keeps-the-device",
        "A child that is to compute on a device ends at once.",
        "computes on the device ended with exit code 0",
        _KeepsTheDevice,
    ),
    bad_context(
        "START-39",
        "manages-no-lists",
        "The lists of a manager are those of each process.",
        "the manager's list is",
        _OwnLists,
    ),
)
