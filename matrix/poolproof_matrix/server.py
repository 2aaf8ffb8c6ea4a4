"""The wineserver of the prefix and all its processes: start them once, and end them for certain.

Guarantees:
- At most one server is started for a prefix; it ends by itself LINGER_SECONDS after the last
  Windows program, and takes Wine's service processes with it.
- After stop() no process of the prefix is alive, also none whose server was killed.

Assumes:
- Every process of the prefix carries WINEPREFIX, spelled as here, in its environment.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

from poolproof_matrix.environment import RUN_VARIABLE, wine_environment
from poolproof_matrix.errors import MatrixError
from poolproof_matrix.host import Wine
from poolproof_matrix.layout import WineHome
from poolproof_matrix.locks import locked
from poolproof_matrix.processes import run_detached

LINGER_SECONDS = 900
BOOT_SECONDS = 60
STOP_SECONDS = 20


def start(home: WineHome, wine: Wine) -> None:
    """Start the server, unless it runs: without one each command boots Windows anew (1.3 s)."""
    with locked(home.locks / "server.lock", exclusive=True, seconds=BOOT_SECONDS * 2):
        if any(_is_server(process) for process in prefix_processes(home.prefix)):
            return
        env = wine_environment(home, os.environ)
        run_detached([wine.server, f"--persistent={LINGER_SECONDS}"], BOOT_SECONDS, env)
        run_detached([wine.loader, "cmd", "/c", "exit"], BOOT_SECONDS, env)


def stop(prefix: Path, wine: Wine) -> int:
    """End every process of *prefix* and return how many there were."""
    processes = list(prefix_processes(prefix))
    if not processes:
        return 0
    env = {**os.environ, "WINEPREFIX": str(prefix)}
    subprocess.run(
        [wine.server, "--kill"], env=env, capture_output=True, timeout=STOP_SECONDS, check=False
    )
    psutil.wait_procs(processes, timeout=STOP_SECONDS / 4)
    # A server that was killed has forgotten its clients, and the next one does not know them.
    kill(list(prefix_processes(prefix)))
    return len(processes)


def kill(processes: Sequence[psutil.Process]) -> None:
    """Kill these Unix processes; raise MatrixError if one is there STOP_SECONDS later."""
    for process in processes:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    _, alive = psutil.wait_procs(list(processes), timeout=STOP_SECONDS)
    if alive:
        raise MatrixError(f"processes {[p.pid for p in alive]} outlive SIGKILL; see `ps`")


def prefix_processes(prefix: Path) -> Iterator[psutil.Process]:
    """Yield the processes of *prefix*: Windows programs, Wine's services, its server.

    A shell that merely exports WINEPREFIX is none: the program must be one of Wine's.
    """
    for process in _with_variable("WINEPREFIX", str(prefix)):
        if _is_wine(process):
            yield process


def run_processes(run: str) -> list[psutil.Process]:
    """Return the live processes of one run: Wine re-parents them, so the environment tells."""
    return list(_with_variable(RUN_VARIABLE, run))


def _with_variable(name: str, value: str) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        try:
            if process.environ().get(name) == value and process.status() != psutil.STATUS_ZOMBIE:
                yield process
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue


def _is_wine(process: psutil.Process) -> bool:
    try:
        return Path(process.exe()).name.startswith("wine")
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def _is_server(process: psutil.Process) -> bool:
    try:
        return Path(process.exe()).name.startswith("wineserver")
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False
