"""A Subject out of any callable that opens a pool, by the names of its parameters."""

from __future__ import annotations

import inspect
import multiprocessing
from collections.abc import Callable, Mapping
from typing import Any

from poolproof.drivers import capabilities as can
from poolproof.drivers.base import OpenOptions, Subject

WORKERS = ("workers", "processes", "max_workers", "n_workers", "num_workers", "n_jobs")
START_METHOD = ("start_method",)
CONTEXT = ("mp_context", "context", "ctx")
MAX_TASKS = ("max_tasks", "maxtasksperchild", "max_tasks_per_child")
DEFAULT = "default"  # the start method of a factory that takes none


class BadFactory(TypeError):
    """A factory that cannot be called with a number of workers."""


def subject_from(factory: Callable[..., Any], name: str) -> Subject:
    """A Subject that calls `factory` with those options that its signature names.

    The factory takes the number of workers as `workers`, `processes` or `max_workers`, or as its
    first argument; and where it has them: `start_method` (a name) or `mp_context` / `context` (a
    multiprocessing context), `initializer` with `initargs`, and `maxtasksperchild`. Attributes of
    the same names as the fields of `Subject` (`start_methods`, `context`, `declares`, `denies`,
    `support_pids`, `version`) say more; a pool without processes says
    `factory.denies = {"processes"}`.

    Raises:
        BadFactory: it takes no number of workers.
    """
    try:
        parameters = inspect.signature(factory).parameters
    except ValueError as error:  # some builtins show no signature
        raise BadFactory(f"{name} shows no signature: wrap it in a function of its own") from error
    taken = {role: _first(parameters, names) for role, names in _ROLES.items()}
    if taken["workers"] is None:
        taken["workers"] = _positional(parameters, name)
    given: Callable[[str, Any], Any] = lambda field, default: getattr(factory, field, default)  # noqa: E731
    return Subject(
        name=name,
        open=lambda options: factory(**_arguments(options, taken)),
        start_methods=tuple(given("start_methods", _start_methods(taken))),
        version=str(given("version", "")),
        context=given("context", None),
        declares=_declared(taken) | frozenset(given("declares", ())),
        denies=frozenset(given("denies", ())),
        support_pids=given("support_pids", frozenset),
    )


_ROLES = {
    "workers": WORKERS,
    "start_method": START_METHOD,
    "context": CONTEXT,
    "initializer": ("initializer",),
    "initargs": ("initargs",),
    "max_tasks": MAX_TASKS,
}


def _first(parameters: Mapping[str, inspect.Parameter], names: tuple[str, ...]) -> str | None:
    return next((name for name in names if name in parameters), None)


def _positional(parameters: Mapping[str, inspect.Parameter], name: str) -> str:
    for parameter in parameters.values():
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD:
            return parameter.name
    raise BadFactory(
        f"{name} takes no number of workers: expected a parameter named one of "
        f"{', '.join(WORKERS)}, as in `def factory(workers, start_method): ...`"
    )


def _arguments(options: OpenOptions, taken: dict[str, str | None]) -> dict[str, Any]:
    values = {
        "workers": options.workers,
        "start_method": options.start_method,
        "initializer": options.initializer,
        "initargs": options.initargs,
        "max_tasks": options.max_tasks,
    }
    if taken["context"] is not None and taken["start_method"] is None:
        values["context"] = multiprocessing.get_context(options.start_method)
    return {
        parameter: values[role]
        for role, parameter in taken.items()
        if parameter is not None and role in values and values[role] not in (None, ())
    }


def _start_methods(taken: dict[str, str | None]) -> tuple[str, ...]:
    if taken["start_method"] is None and taken["context"] is None:
        return (DEFAULT,)
    methods = multiprocessing.get_all_start_methods()
    return tuple(m for m in ("spawn", "forkserver", "fork") if m in methods)


def _declared(taken: dict[str, str | None]) -> frozenset[str]:
    found = {can.PROCESSES}
    if taken["initializer"] is not None and taken["initargs"] is not None:
        found.add(can.INITIALIZER)
    if taken["max_tasks"] is not None:
        found.add(can.RECYCLING)
    return frozenset(found)
