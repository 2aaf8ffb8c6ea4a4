"""Thin entries for known libraries: each a Subject, made when it is asked for by name."""

from __future__ import annotations

from importlib import import_module
from typing import Final

from poolproof.drivers.base import Subject

# name: (what it is, the function of this package that makes its Subject)
_KNOWN: Final = {
    "forkless": ("the reference pool, on every start method", "reference:subject"),
    "multiprocessing": ("multiprocessing.Pool", "multiprocessings:standard"),
    "torch": ("torch.multiprocessing's Pool", "multiprocessings:torch"),
    "concurrent.futures": ("concurrent.futures.ProcessPoolExecutor", "executors:standard"),
    "loky": ("loky.ProcessPoolExecutor", "executors:loky"),
    "joblib": ("joblib.Parallel on its loky backend", "joblib:subject"),
    "pebble": ("pebble.ProcessPool", "pebble:subject"),
    "mpire": ("mpire.WorkerPool", "mpire:subject"),
    "multiprocess": (
        "multiprocess.Pool (multiprocessing with dill)",
        "multiprocessings:multiprocess",
    ),
    "billiard": ("billiard.Pool (multiprocessing for celery)", "multiprocessings:billiard"),
    "ray": ("ray.util.multiprocessing.Pool, on a local cluster", "clusters:ray"),
    "dask": ("distributed.Client.get_executor(), on a local cluster", "clusters:dask"),
    "threads": ("multiprocessing.pool.ThreadPool, a pool without processes", "threaded:threads"),
    "threadpool": ("concurrent.futures.ThreadPoolExecutor", "threaded:executor"),
    "interpreters": ("concurrent.futures.InterpreterPoolExecutor", "threaded:interpreters"),
}


def known() -> dict[str, str]:
    """name -> what it is."""
    return {name: text for name, (text, _) in _KNOWN.items()}


def make(name: str) -> Subject:
    """The Subject of a known name.

    Raises:
        KeyError: it is not known.
        ImportError: its library is not installed, or not for this Python.
    """
    module, _, function = _KNOWN[name][1].partition(":")
    made: Subject = getattr(import_module(f"{__name__}.{module}"), function)()
    return made
