"""Make the standard library and torch answer to "forkserver" with forkless, and undo it exactly.

Guarantees: every change is one entry of ``install()``'s answer; ``uninstall()`` puts back what was
there, and leaves alone what somebody else has changed since.
"""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import connection, context, forkserver, spawn, synchronize
from typing import Any

from . import sharing
from .context import NAMES, forkless_context, forkserver_context
from .stand_in import Server

_ABSENT = object()


@dataclass(frozen=True)
class Patch:
    """One changed name: where, what it is for, and the two values."""

    owner: str
    name: str
    reason: str
    before: object
    after: object

    def __str__(self) -> str:
        return f"{self.owner}.{self.name}: {self.reason}"


_patches: list[tuple[Any, Patch]] = []


def is_installed() -> bool:
    """Whether ``install()`` is in force."""
    return bool(_patches)


def install() -> tuple[Patch, ...]:
    """Install forkless as the start method "forkserver"; returns all that was changed.

    Where the default start method is not fork, forkless becomes the default as well: both begin
    with a fresh interpreter, so a program cannot tell them apart but by the clock.
    """
    if not _patches:
        _install_contexts()
        _install_functions()
    return tuple(patch for _, patch in _patches)


def uninstall() -> None:
    """Put everything back that ``install()`` changed."""
    while _patches:
        owner, patch = _patches.pop()
        for place in (owner, *_copies(owner)):
            if _get(place, patch.name) is patch.after:
                _set(place, patch.name, patch.before)
    # Asking for the start method makes the default of that moment the one that was set. Children
    # are told of it by name, and on Windows they could not find "forkserver" any more.
    default: Any = context._default_context
    if default._actual_context in (forkless_context, forkserver_context):
        contexts = context._concrete_contexts  # type: ignore[attr-defined]
        default._actual_context = contexts.get(default._actual_context.get_start_method())


def _install_contexts() -> None:
    contexts = context._concrete_contexts  # type: ignore[attr-defined]
    for ours in (forkless_context, forkserver_context):
        _patch(contexts, ours._name, ours, "the start method", "multiprocessing contexts")
    default: Any = context._default_context
    if default._default_context.get_start_method() != "fork":
        _patch(default, "_default_context", forkserver_context, "the default where none is set")
        if default._actual_context is not None:
            chosen = default._actual_context
            if chosen.get_start_method() == "forkserver":
                _patch(default, "_actual_context", forkserver_context, "the default that was set")


def _install_functions() -> None:
    _patch(
        multiprocessing,
        "get_all_start_methods",
        _wrap_start_methods(multiprocessing.get_all_start_methods),
        "names forkserver on every system",
    )
    _patch(multiprocessing, "Pool", _wrap_pool(multiprocessing.Pool), "takes mp_context=")
    _patch(
        synchronize.SemLock,
        "__init__",
        _wrap_lock(synchronize.SemLock.__init__),
        "a lock of the fork context can be sent to a process that was not forked",
    )
    _patch(
        context,
        "get_spawning_popen",
        sharing.always(context.get_spawning_popen),
        "locks, arrays, values and queues may be pickled at any time, as task arguments are",
    )
    _patch(forkserver, "_forkserver", Server(), "the server that forkless has in its place")
    if sys.platform == "win32" and sys.version_info < (3, 13):
        from .many_windows import unlimited

        native: Any = connection._exhaustive_wait  # type: ignore[attr-defined]
        reason = "waits for more than 63 sentinels and connections"
        _patch(connection, "_exhaustive_wait", unlimited(native), reason)
    _patch(
        spawn,
        "get_preparation_data",
        _wrap_preparation(spawn.get_preparation_data),
        "a natively spawned child is not told of a start method that it lacks",
    )


def _patch(owner: Any, name: str, after: object, reason: str, called: str = "") -> None:
    called = called or getattr(owner, "__name__", type(owner).__name__)
    patch = Patch(called, name, reason, _get(owner, name), after)
    _patches.append((owner, patch))
    for place in (owner, *_copies(owner)):
        if place is owner or _get(place, name) == patch.before:
            _set(place, name, after)


def _copies(owner: Any) -> tuple[Any, ...]:
    """torch.multiprocessing holds copies of the names of multiprocessing, taken at its import."""
    copy = sys.modules.get("torch.multiprocessing")
    return (copy,) if owner is multiprocessing and copy is not None else ()


def _get(owner: Any, name: str) -> object:
    if isinstance(owner, dict):
        return owner.get(name, _ABSENT)
    return vars(owner).get(name, _ABSENT)


def _set(owner: Any, name: str, value: object) -> None:
    if isinstance(owner, dict):
        owner.pop(name, None) if value is _ABSENT else owner.__setitem__(name, value)
    elif value is _ABSENT:
        delattr(owner, name)
    else:
        setattr(owner, name, value)


def _wrap_start_methods(native: Callable[[], list[str]]) -> Callable[[], list[str]]:
    def get_all_start_methods() -> list[str]:
        methods = native()
        return methods if "forkserver" in methods else [*methods, "forkserver"]

    return get_all_start_methods


def _wrap_pool(native: Callable[..., Any]) -> Callable[..., Any]:
    def Pool(*args: Any, mp_context: Any = None, **kwargs: Any) -> Any:
        if mp_context is None:
            return native(*args, **kwargs)
        if not isinstance(mp_context, context.BaseContext):
            mp_context = multiprocessing.get_context(mp_context)
        return mp_context.Pool(*args, **kwargs)

    return Pool


def _wrap_lock(native: Callable[..., None]) -> Callable[..., None]:
    def __init__(self: Any, *args: Any, ctx: Any, **kwargs: Any) -> None:
        # The fork context unlinks a semaphore's name at once; without a name, only a fork shares
        # it (https://github.com/python/cpython/issues/77377). Forked children may have either.
        if (ctx or multiprocessing).get_start_method() == "fork":
            ctx = forkless_context
        native(self, *args, ctx=ctx, **kwargs)

    return __init__


def _wrap_preparation(native: Callable[[str], dict[str, Any]]) -> Callable[[str], dict[str, Any]]:
    def get_preparation_data(name: str) -> dict[str, Any]:
        data = native(name)
        if data.get("start_method") in NAMES:
            data["start_method"] = "spawn"
        return data

    return get_preparation_data
