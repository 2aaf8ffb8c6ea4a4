"""What spares import before they wait, and what the caller chose for them.

Without a choice, a spare imports numpy and torch if the caller has imported them by then: such a
program is fast without being told. They come ahead of the caller's main module: a template sees
whether it seeds the random generators of what was there before it.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Callable, Iterable, Sequence
from multiprocessing import process, spawn
from operator import attrgetter
from typing import Any

from . import devices, lookups
from .errors import ForkserverError
from .messages import Failed, Ready
from .recipe import OnError, Preload, Recipe

# What nearly every hand-off needs of the standard library.
_ALWAYS = (
    "multiprocessing.connection",
    "multiprocessing.queues",
    "multiprocessing.resource_sharer",
    "multiprocessing.sharedctypes",
    "multiprocessing.synchronize",
    "forkless.pool",
    "forkless.popen",  # what it pickles in place of descriptors and handles
)

_BY_DEFAULT = ("numpy", "torch")

_chosen: Preload | None = None


def set_preload(
    names: Iterable[str | Callable[[], object]], *, on_error: OnError | str = OnError.FAIL
) -> None:
    """Choose what each spare does before it waits; by default, import numpy and torch if in use.

    *names* are modules to import, or callables without arguments to call (start a thread pool,
    load a model), given as such or as ``"module:qualified.name"``. With ``on_error="fail"`` a
    spare that cannot do it makes ``start()`` and ``warm_up(wait=True)`` raise ForkserverError;
    ``"warn"`` warns in each child; ``"ignore"`` goes on.

    Raises ForkserverError for a callable that another interpreter cannot find by name.
    """
    global _chosen
    if isinstance(names, str):
        raise TypeError(f"preload={names!r} is one string; pass a list of names: [{names!r}]")
    try:
        policy = OnError(on_error)
    except ValueError:
        raise ForkserverError(
            f"on_error={on_error!r} is not known; choose 'fail', 'warn' or 'ignore'"
        ) from None
    _chosen = Preload(tuple(map(_name_of, names)), policy)


def chosen() -> Preload | None:
    """What the caller chose, to pass on to children."""
    return _chosen


def adopt(preload: Preload | None) -> None:
    """Take over the choice of the process that started this one."""
    global _chosen
    _chosen = preload


def current() -> Preload:
    """What a spare asked for now must preload."""
    if _chosen is not None:
        return _chosen
    return Preload(tuple(name for name in _BY_DEFAULT if name in sys.modules))


def warm(
    recipe: Recipe, before_main: Callable[[], object] = bool, *, asked: bool = False
) -> Ready | Failed:
    """Do in this spare what *recipe* says; *before_main* is called ahead of the caller's module.

    One that is *asked* for already imports of the standard library only what it turns out to need.
    """
    for module in () if asked else _ALWAYS:
        importlib.import_module(module)
    sys.path[:] = recipe.sys_path
    with lookups.watched() as names:
        failed = _carry_out(recipe, before_main)
    return failed or Ready(devices.seen(), tuple(sorted(names)))


def _carry_out(recipe: Recipe, before_main: Callable[[], object]) -> Failed | None:
    needs_main = [name for name in recipe.preload.names if name.startswith("__main__:")]
    others = [name for name in recipe.preload.names if name not in needs_main]
    failed = _run_all(others, recipe.preload.on_error)
    if failed is not None:
        return failed
    before_main()
    return _run_main(recipe) or _run_all(needs_main, recipe.preload.on_error)


def _name_of(entry: str | Callable[[], object]) -> str:
    if isinstance(entry, str):
        return entry
    name = f"{getattr(entry, '__module__', '?')}:{getattr(entry, '__qualname__', '?')}"
    try:
        found: object = _resolve(name)
    except (ImportError, AttributeError):
        found = None
    if found is not entry:
        raise ForkserverError(
            f"preload callable {entry!r} cannot be found by another interpreter as {name!r}; "
            "define it at the top level of a module"
        )
    return name


def _resolve(name: str) -> Any:
    module_name, _, attribute = name.partition(":")
    module = importlib.import_module(module_name)
    return attrgetter(attribute)(module) if attribute else module


def _run_all(names: Sequence[str], on_error: OnError) -> Failed | None:
    for name in names:
        try:
            found = _resolve(name)
            if ":" in name:
                found()
        except Exception as error:  # noqa: BLE001 - whatever user code raises is its failure
            text = (
                f"preload {name!r} failed in a spare ({type(error).__name__}: {error}); "
                "fix it, or pass on_error='warn' to set_preload()"
            )
            if on_error is OnError.FAIL:
                return Failed(text, fatal=True)
            if on_error is OnError.WARN:
                warnings.warn(text, RuntimeWarning, stacklevel=1)
    return None


def _run_main(recipe: Recipe) -> Failed | None:
    """Run the caller's ``__main__`` as ``__mp_main__``, ahead of the hand-off.

    What it raises (an unguarded ``start()`` among others) belongs to the child whose output the
    user sees, so a failure here only says that this main module cannot be preloaded.
    """
    if recipe.main is None:
        return None
    process.current_process()._inheriting = True  # type: ignore[attr-defined]
    try:
        spawn.prepare(recipe.main.preparation())
    except BaseException as error:  # noqa: BLE001 - a script may raise SystemExit as well
        return Failed(f"__main__ cannot be preloaded: {error!r}", fatal=False)
    finally:
        del process.current_process()._inheriting  # type: ignore[attr-defined]
    return None
