"""Shared memory that belongs to all who have it, on POSIX systems: a file without a name.

Guarantees
- All of it is there when it is made, or OSError: no page can be missing later, which is SIGBUS.
- Whoever has it may send it on. It ends with the last process that has it, however that ends.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import sys
from multiprocessing import reduction
from typing import Any

from . import segment_posix
from .raw import bytes_of

assert sys.platform != "win32"  # for the type checker


_libc = ctypes.CDLL(None, use_errno=True)
_map, _unmap = _libc.mmap, _libc.munmap
_map.restype = ctypes.c_void_p
_map.argtypes = [
    ctypes.c_void_p,
    ctypes.c_size_t,
    ctypes.c_int,
    ctypes.c_int,
    ctypes.c_int,
    ctypes.c_int64,
]
_unmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
_LARGE = 1 << 26  # bytes: less is not worth to ask
_FAILED = ctypes.c_void_p(-1).value


class SharedBytes:
    """`size` bytes from `address` on, zero when they are made, for as long as this object lives."""

    def __init__(self, size: int, descriptor: int | None = None) -> None:
        self.size = size
        self._descriptor = _filled_file(size) if descriptor is None else descriptor
        self._stays = False
        # Not by the mmap module, whose objects have a descriptor of their own each.
        protection = mmap.PROT_READ | mmap.PROT_WRITE
        address = _map(None, size, protection, mmap.MAP_SHARED, self._descriptor, 0)
        if address == _FAILED:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        self.address: int = address

    def stay_mapped(self) -> None:
        """For as long as the process lives, also while the interpreter takes itself down."""
        self._stays = True

    def content(self) -> memoryview:
        """The bytes. The view, and all that is made of it, keep the memory."""
        return bytes_of(self, self.address, self.size)

    def __reduce__(self) -> tuple[Any, ...]:
        return _arrive, (self.size, reduction.DupFd(self._descriptor))

    def __del__(self, _unmap: Any = _unmap, _close: Any = os.close) -> None:
        if hasattr(self, "address") and not self._stays:
            _unmap(self.address, self.size)
        if hasattr(self, "_descriptor"):
            _close(self._descriptor)


def _arrive(size: int, travelling: Any) -> SharedBytes:
    descriptor: int = travelling.detach()
    os.set_inheritable(descriptor, False)
    return SharedBytes(size, descriptor)


def _check_memory(size: int) -> None:
    """To take what is not there would not fail: the kernel ends processes, to give it."""
    if size < _LARGE:
        return
    from ..limits import available_memory  # much to import, for few

    available = available_memory()
    if available is not None and available.size < size:
        message = f"{size} bytes of shared memory: only {available.size} are available"
        raise OSError(errno.ENOMEM, f"{message} ({available.where})")


def _filled_file(size: int) -> int:
    descriptor = segment_posix.nameless_file(size)
    try:
        if sys.platform == "linux":  # elsewhere such memory is backed by swap space
            _check_memory(size)
            os.posix_fallocate(descriptor, 0, size)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
