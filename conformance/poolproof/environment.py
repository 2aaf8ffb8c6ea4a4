"""Where this run takes place, for the result file."""

from __future__ import annotations

import os
import platform
from importlib import metadata

import psutil
from poolproof_reports.results import RunInfo

from poolproof import __version__, clock
from poolproof.emulation import emulation

_PEERS = "billiard", "distributed", "joblib", "loky", "mpire", "multiprocess", "pebble", "ray"
_PACKAGES = ("forkless", "torch", "numpy", "hypothesis", *_PEERS)


def run_info() -> RunInfo:
    """System, interpreter, and the versions of those packages that a verdict may depend on."""
    return RunInfo(
        os=platform.system(),
        os_version=platform.release(),
        arch=platform.machine(),
        python=platform.python_version(),
        implementation=platform.python_implementation(),
        cpu_count=os.cpu_count() or 1,
        memory_bytes=psutil.virtual_memory().total,
        emulation=emulation(),
        packages=dict(filter(None, map(_version, _PACKAGES))),
        suite_version=__version__,
        clock=clock.described(),
    )


def _version(package: str) -> tuple[str, str] | None:
    try:
        return package, metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
