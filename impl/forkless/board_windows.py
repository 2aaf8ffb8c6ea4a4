"""Windows: a server's board is shared memory that its user's programs in this session can open.

Its name is known, as it holds the server's process id. So it is there to be looked at alone: a
server reads nothing from it.

Guarantees: a reader sees all that was posted or nothing; the board ends with its server, whatever
ends that.
Assumes: one thread posts.
"""

from __future__ import annotations

import _winapi
import ctypes
import mmap
import os
import struct
import sys
from binascii import crc32
from collections.abc import Iterator
from ctypes import wintypes

assert sys.platform == "win32"

_SIZE = 64 * 1024
_HEADER = struct.Struct("<II")  # length and checksum of what follows
_TRIES = 1000  # to read between two posts, which are milliseconds apart
_FILE_MAP_READ = 4

_kernel = ctypes.WinDLL("kernel32", use_last_error=True)
_kernel.OpenFileMappingW.argtypes = [wintypes.DWORD, wintypes.BOOL, wintypes.LPCWSTR]
_kernel.OpenFileMappingW.restype = wintypes.HANDLE


class Board:
    """Shows what was posted last."""

    def __init__(self) -> None:
        self._memory: mmap.mmap | None = None

    def post(self, data: bytes) -> None:
        """Show *data* in place of what was there; raises OSError where memory is short."""
        if self._memory is None:
            self._memory = mmap.mmap(-1, _SIZE, tagname=_name(os.getpid()))
        if len(data) > _SIZE - _HEADER.size:
            data = b""  # what was there would be wrong
        whole = _HEADER.pack(len(data), crc32(data)) + data
        self._memory[: len(whole)] = whole


def read_all() -> Iterator[bytes]:
    """What is on the boards of this user."""
    for pid in _processes():
        handle = _kernel.OpenFileMappingW(_FILE_MAP_READ, False, _name(pid))
        if not handle:
            continue
        try:
            with mmap.mmap(-1, _SIZE, tagname=_name(pid), access=mmap.ACCESS_READ) as memory:
                yield from _read(memory)
        finally:
            _winapi.CloseHandle(handle)


def _read(memory: mmap.mmap) -> Iterator[bytes]:
    for _ in range(_TRIES):
        whole = memory[:]
        length, checksum = _HEADER.unpack_from(whole)
        data = whole[_HEADER.size : _HEADER.size + length]
        if len(data) == length and crc32(data) == checksum:
            yield data
            return


def _name(pid: int) -> str:
    return f"forkless board {pid}"


def _processes() -> list[int]:
    count = 1024
    while True:
        pids = (wintypes.DWORD * count)()
        used = wintypes.DWORD()
        if not _kernel.K32EnumProcesses(pids, ctypes.sizeof(pids), ctypes.byref(used)):
            raise ctypes.WinError(ctypes.get_last_error())
        if used.value < ctypes.sizeof(pids):
            return pids[: used.value // ctypes.sizeof(wintypes.DWORD)]
        count *= 2
