"""What a spare must be made of: two starts with the same recipe may use each other's spares.

A warm interpreter cannot change what it read while importing. So everything that an import can see
is part of the recipe, and a spare serves only the recipe that it was made for.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from multiprocessing import spawn
from typing import Any

from .interpreter import interpreter_flags
from .memo import remembering

# numpy, OpenMP, MKL and torch read theirs once, at import; the loader and Python at start.
# CUDA reads its own when a context is made (a preload callable may do that), the C library its
# locale and time zone when it is first asked, coverage whether to measure.
IMPORT_TIME_PREFIXES = (
    "OMP_", "KMP_", "MKL_", "OPENBLAS_", "TORCH", "PYTORCH_", "NUMPY_", "PYTHON", "LD_", "DYLD_",
    "CUDA_", "LC_", "LANG", "TZ", "COVERAGE_",
)  # fmt: skip


class OnError(str, Enum):
    """What a preload that cannot be imported means."""

    FAIL = "fail"
    WARN = "warn"
    IGNORE = "ignore"


@dataclass(frozen=True)
class Preload:
    """What every spare does before it waits: ``module`` or ``module:callable`` names, in order."""

    names: tuple[str, ...] = ()
    on_error: OnError = OnError.FAIL


@dataclass(frozen=True)
class MainModule:
    """The caller's ``__main__``, and all that it could see while it ran."""

    name: str | None
    path: str | None
    mtime_ns: int
    argv: tuple[str, ...]
    cwd: str
    original_dir: str | None

    def preparation(self) -> dict[str, Any]:
        """This module in the words of ``multiprocessing.spawn.prepare``."""
        data: dict[str, Any] = {"sys_argv": list(self.argv), "dir": self.cwd}
        if self.original_dir is not None:
            data["orig_dir"] = self.original_dir
        if self.name is not None:
            data["init_main_from_name"] = self.name
        else:
            data["init_main_from_path"] = self.path
        return data


@dataclass(frozen=True)
class Recipe:
    """Everything that a spare's imports can see."""

    executable: str
    flags: tuple[str, ...]
    variables: tuple[tuple[str, str], ...]
    sys_path: tuple[str, ...]
    preload: Preload
    main: MainModule | None
    folder: str | None = None  # where the interpreter begins, if something looks at that


def recipe_for(
    preparation: Mapping[str, Any], preload: Preload, environ: Mapping[str, str]
) -> Recipe:
    """The recipe of a process that starts now with *preparation* (of ``multiprocessing.spawn``)."""
    return Recipe(
        executable=os.fsdecode(spawn.get_executable()),
        flags=interpreter_flags(),
        variables=_variables(environ),
        sys_path=tuple(preparation["sys_path"]),
        preload=preload,
        main=_main_module(preparation),
        # coverage begins with the interpreter, and resolves the name of its data file then.
        folder=preparation["dir"] if "COVERAGE_PROCESS_START" in environ else None,
    )


@remembering
def _variables(environ: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(
        sorted(item for item in environ.items() if item[0].startswith(IMPORT_TIME_PREFIXES))
    )


def _main_module(preparation: Mapping[str, Any]) -> MainModule | None:
    name = preparation.get("init_main_from_name")
    path = preparation.get("init_main_from_path")
    if not _is_rerun(name, path):
        return None
    module = sys.modules["__main__"]
    try:
        mtime = os.stat(path or getattr(module, "__file__", None) or "").st_mtime_ns
    except OSError:
        return None  # nothing to run anew: the hand-off reports it, where the traceback belongs
    return MainModule(
        name=name,
        path=path,
        mtime_ns=mtime,
        argv=tuple(preparation["sys_argv"]),
        cwd=preparation["dir"],
        original_dir=preparation.get("orig_dir"),
    )


def _is_rerun(name: str | None, path: str | None) -> bool:
    """Whether ``multiprocessing.spawn.prepare`` runs this main module in the child at all."""
    if name is not None:
        return name != "__main__" and not name.endswith(".__main__")
    return path is not None and os.path.splitext(os.path.basename(path))[0] != "ipython"
