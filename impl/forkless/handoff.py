"""The message that turns a spare into the process that ``start()`` asked for."""

from __future__ import annotations

import atexit
import io
import multiprocessing
import pickle
import sys
import traceback
from collections.abc import Mapping
from multiprocessing import process, reduction, spawn, util
from multiprocessing.context import set_spawning_popen
from typing import Any

from . import inheritance, installation
from .memo import remembering
from .system import channel

_descriptors: list[int] = []


def prepare(process_obj: process.BaseProcess) -> dict[str, Any]:
    """multiprocessing's own preparation data for *process_obj*.

    Raises RuntimeError in a main module without ``if __name__ == "__main__"``.
    """
    data: dict[str, Any] = spawn.get_preparation_data(process_obj._name)  # type: ignore[attr-defined]
    data["start_method"] = multiprocessing.get_start_method()
    return data


def pack(
    process_obj: process.BaseProcess, data: Mapping[str, Any], environ: dict[str, str], popen: Any
) -> memoryview:
    """Pickle state, preparation data and *process_obj*; handles go through *popen*."""
    state = inheritance.take_down(popen, environ, installed=installation.is_installed())
    return dump(state, data, process_obj, popen)


def dump(
    state: inheritance.Inheritance, data: Mapping[str, Any], process_obj: object, popen: Any
) -> memoryview:
    """Pickle the three one after the other; handles go through *popen*."""
    buffer = io.BytesIO()
    buffer.write(_pickled(state))
    set_spawning_popen(popen)
    try:
        for part in (data, process_obj):
            reduction.dump(part, buffer)
    finally:
        set_spawning_popen(None)
    return buffer.getbuffer()


@remembering
def _pickled(state: inheritance.Inheritance) -> bytes:
    return pickle.dumps(state)


def descriptor(place: int) -> int:
    """The descriptor that came at *place* of this process's message."""
    return _descriptors[place]


def run(
    side: channel.SpareSide, payload: bytes, descriptors: list[int], refusal: str | None
) -> int:
    """Become the process in *payload*, run it, and return its exit code.

    With a *refusal* (its preload failed) it only says so, where its caller's errors go.
    """
    global _descriptors
    _descriptors = descriptors
    parts = io.BytesIO(payload)
    state: inheritance.Inheritance = reduction.pickle.load(parts)  # type: ignore[attr-defined]
    inheritance.take_over(state, descriptors)
    if refusal is not None:
        print(refusal, file=sys.stderr, flush=True)
        return 1
    if state.installed:
        installation.install()
    caller = side.caller_sentinel(state.system)
    inheritance.answer_getppid(state.caller_pid, caller)
    current = process.current_process()
    current._inheriting = True  # type: ignore[attr-defined]
    try:
        spawn.prepare(reduction.pickle.load(parts))  # type: ignore[attr-defined]
        process_obj = reduction.pickle.load(parts)  # type: ignore[attr-defined]
    except Exception:  # noqa: BLE001 - the child's own traceback is all that anyone will see
        traceback.print_exc()
        sys.stderr.flush()
        return 1
    finally:
        del current._inheriting  # type: ignore[attr-defined]
    return _live(process_obj, caller)


def _live(process_obj: Any, caller: int) -> int:
    """Run the process as a forkserver's child is run; return its exit code."""
    if sys.version_info < (3, 13):
        return int(process_obj._bootstrap(parent_sentinel=caller))
    # From 3.13 on, whoever made the process runs the exit functions, multiprocessing's among them,
    # which wait for what queues still have to send (https://github.com/python/cpython/issues/83856).
    # Those of the preload are not the process's own.
    atexit._clear()
    atexit.register(util._exit_function)
    try:
        return int(process_obj._bootstrap(parent_sentinel=caller))
    finally:
        atexit._run_exitfuncs()
        util._flush_std_streams()
