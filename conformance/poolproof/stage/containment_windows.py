"""Windows: a stage and its descendants share a job object, which ends them all.

https://learn.microsoft.com/windows/win32/procthread/job-objects
"""

from __future__ import annotations

import ctypes
import subprocess
import sys
from collections.abc import Sequence

import psutil

assert sys.platform == "win32"

from ctypes import wintypes  # noqa: E402 - does not import on other systems of old

_KILL_ON_JOB_CLOSE = 0x2000
_EXTENDED_LIMITS = 9
_PROCESS_ID_LIST = 3
_MOST_PIDS = 1024


class _Limits(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION; only the flags are set."""

    _fields_ = (
        ("times", ctypes.c_int64 * 2),
        ("flags", wintypes.DWORD),
        ("working_set", ctypes.c_size_t * 2),
        ("process_limit", wintypes.DWORD),
        ("affinity", ctypes.c_size_t),
        ("classes", wintypes.DWORD * 2),
        ("io", ctypes.c_uint64 * 6),
        ("memory", ctypes.c_size_t * 4),
    )


class _ProcessIds(ctypes.Structure):
    """JOBOBJECT_BASIC_PROCESS_ID_LIST."""

    _fields_ = (
        ("assigned", wintypes.DWORD),
        ("listed", wintypes.DWORD),
        ("pids", ctypes.c_size_t * _MOST_PIDS),
    )


def end_with_keeper() -> None:
    """The job does that: its only handle is the keeper's."""


class Containment:
    """The processes of one stage."""

    def __init__(self) -> None:
        self._kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        self._kernel.CreateJobObjectW.restype = wintypes.HANDLE
        self._job = wintypes.HANDLE(self._kernel.CreateJobObjectW(None, None))
        limits = _Limits(flags=_KILL_ON_JOB_CLOSE)
        self._check(
            self._kernel.SetInformationJobObject(
                self._job, _EXTENDED_LIMITS, ctypes.byref(limits), ctypes.sizeof(limits)
            )
        )

    def start(self, command: Sequence[str]) -> subprocess.Popen[str]:
        """Start the stage inside the job, in a process group that Ctrl-C does not reach."""
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            creationflags=subprocess.CREATE_NEW_PROCESS_GROUP,
        )
        # The stage starts nothing before its first request, so that nothing escapes.
        handle = wintypes.HANDLE(int(process._handle))  # type: ignore[attr-defined]
        self._check(self._kernel.AssignProcessToJobObject(self._job, handle))
        return process

    def members(self) -> list[psutil.Process]:
        """What is alive of the stage and its descendants."""
        found = _ProcessIds()
        self._check(
            self._kernel.QueryInformationJobObject(
                self._job, _PROCESS_ID_LIST, ctypes.byref(found), ctypes.sizeof(found), None
            )
        )
        return [p for pid in found.pids[: found.listed] if (p := _process(pid)) is not None]

    def kill(self, patience_s: float) -> list[psutil.Process]:
        """End all members; return those that are still there after `patience_s` seconds."""
        alive = self.members()
        self._check(self._kernel.TerminateJobObject(self._job, 1))
        _, left = psutil.wait_procs(alive, timeout=patience_s)
        return left

    def close(self) -> None:
        """Let go of the job, which ends what is left in it."""
        self._kernel.CloseHandle(self._job)

    @staticmethod
    def _check(succeeded: int) -> None:
        if not succeeded:
            raise ctypes.WinError(ctypes.get_last_error())


def _process(pid: int) -> psutil.Process | None:
    try:
        return psutil.Process(pid)
    except psutil.NoSuchProcess:
        return None
