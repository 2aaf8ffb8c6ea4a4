"""forkless: a forkserver without fork, and process pools over shared memory.

``import forkless as mp`` stands in for ``import torch.multiprocessing as mp``. Nothing is patched,
and nothing heavy is imported, until a name is used.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "ForklessContext": "context",
    "ForklessProcess": "context",
    "ForkserverError": "errors",
    "OwnerDied": "errors",
    "Pool": "pool",
    "Status": "messages",
    "empty": "shared_tensors",
    "freeze_support": "frozen",
    "install": "installation",
    "set_maker": "control",
    "set_preload": "preload",
    "set_reserve": "control",
    "share": "shared_tensors",
    "shutdown": "control",
    "spawn": "torch_processes",
    "start_processes": "torch_processes",
    "status": "control",
    "uninstall": "installation",
    "warm_up": "control",
}
# What torch.multiprocessing adds to multiprocessing; using one of them imports torch.
_TORCH = (
    "ProcessContext",
    "ProcessExitedException",
    "ProcessRaisedException",
    "SpawnContext",
    "get_all_sharing_strategies",
    "get_sharing_strategy",
    "set_sharing_strategy",
)


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return _remember(name, getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name))
    if name in _TORCH:
        return _remember(name, getattr(importlib.import_module("torch.multiprocessing"), name))
    if not name.startswith("_"):
        default = importlib.import_module(f"{__name__}.context").default_context
        if hasattr(default, name):
            return _remember(name, getattr(default, name))
    raise AttributeError(
        f"module 'forkless' has no attribute {name!r}; it has those of multiprocessing, of "
        f"torch.multiprocessing, and {', '.join(sorted(_HOME))}"
    )


def _remember(name: str, value: object) -> object:
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    import multiprocessing

    return sorted({*globals(), *_HOME, *_TORCH, *multiprocessing.__all__})
