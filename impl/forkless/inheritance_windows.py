"""Windows: the standard output handles, a handle of the caller, and Ctrl-C.

Not the standard input: asking what kind of pipe it is blocks while another thread reads from it.
There is no umask, no signal disposition but Ctrl-C's, and no limit or affinity outside of jobs.
"""

from __future__ import annotations

import _winapi
import ctypes
import msvcrt
import os
import signal
import sys
from dataclasses import dataclass
from typing import Any

from .streams import is_open, redirect

assert sys.platform == "win32"


@dataclass(frozen=True)
class SystemState:
    """What a spawned child would have from its parent; handles are the child's own already."""

    caller: int
    ignores_interrupt: bool
    streams: tuple[tuple[int, int], ...]


def take_down(popen: Any) -> SystemState:
    """This process's state; its handles are duplicated into the child of *popen*."""
    return SystemState(
        caller=popen.duplicate_for_child(_winapi.GetCurrentProcess()),
        ignores_interrupt=signal.getsignal(signal.SIGINT) is signal.SIG_IGN,
        streams=tuple(
            (number, popen.duplicate_for_child(msvcrt.get_osfhandle(number)))
            for number in (1, 2)
            if is_open(number)
        ),
    )


def take_over(state: SystemState, descriptors: list[int]) -> None:
    """Make *state* this process's own."""
    for number, handle in state.streams:
        redirect(number, msvcrt.open_osfhandle(handle, os.O_WRONLY))
    # Spares are born deaf to Ctrl-C (CREATE_NEW_PROCESS_GROUP); a child of the caller's is not.
    ctypes.windll.kernel32.SetConsoleCtrlHandler(None, False)
    if not state.ignores_interrupt:
        signal.signal(signal.SIGINT, signal.default_int_handler)
