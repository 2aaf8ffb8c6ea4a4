"""Shared memory on POSIX systems: a file without a name, of which only a part holds memory yet.

Guarantees
- Memory is had at `commit` or not at all: a page that cannot be found later is SIGBUS, the death
  of the process that happens to touch it (https://bugs.python.org/issue30919 was one).
- It goes back to the system when its maker lets go of it, even if a process that was forked
  meanwhile, and knows nothing of it, has it mapped.
- Nothing is left after SIGKILL of everyone, as there is no name.

Assumes: whoever makes a segment and lets go of it knows that nobody uses it any more.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import mmap
import os
import secrets
import sys
from multiprocessing import reduction
from typing import Any

assert sys.platform != "win32"  # for the type checker

_POPULATE_WRITE = 23  # MADV_POPULATE_WRITE, which the mmap module does not know

_REMOVE: int | None = None
if sys.platform == "linux":
    _REMOVE = mmap.MADV_REMOVE  # gives the memory of a file back


def most_useful() -> int:
    """Bytes of address space beyond which a segment has no use here."""
    if sys.platform == "linux":
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return 1 << 32  # macOS may not let so much be reserved that no memory stands behind


class Segment:
    """`size` bytes of address space over a file. Raises OSError where there is not so much."""

    def __init__(self, size: int, descriptor: int | None = None) -> None:
        self._maker = os.getpid() if descriptor is None else 0
        self._descriptor = nameless_file(size) if descriptor is None else descriptor
        self.size = size
        try:
            self._map = mmap.mmap(self._descriptor, size)
        except BaseException:
            os.close(self._descriptor)
            raise
        if sys.platform == "linux":
            with contextlib.suppress(OSError):  # a kernel without huge pages
                self._map.madvise(mmap.MADV_HUGEPAGE)
        self._first = ctypes.c_char.from_buffer(self._map)  # the map stays while this does
        self.address = ctypes.addressof(self._first)

    def commit(self, first: int, size: int) -> None:
        """Put memory behind these bytes. OSError where the system has none left."""
        if sys.platform != "linux":
            return  # such memory is backed by swap space: no page of it fails later
        try:
            self._map.madvise(_POPULATE_WRITE, first, size)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            os.posix_fallocate(self._descriptor, first, size)  # Linux before 5.14

    def handed_over(self) -> None:
        """All processes that shall have it have it: the mapping is enough from now on."""
        os.close(self._descriptor)
        self._descriptor = -1

    def __reduce__(self) -> tuple[Any, ...]:
        return _attach, (self.size, reduction.DupFd(self._descriptor))

    def __del__(
        self,
        _getpid: Any = os.getpid,  # at the interpreter's exit this module's names are gone
        _close: Any = os.close,
        _remove: int | None = _REMOVE,
    ) -> None:
        """A fork of the maker has a copy of this object, and leaves the memory alone."""
        if _remove is not None and hasattr(self, "address") and self._maker == _getpid():
            try:  # noqa: SIM105 - contextlib is gone then, too
                self._map.madvise(_remove)
            except (OSError, ValueError):
                pass
        if getattr(self, "_descriptor", -1) >= 0:
            _close(self._descriptor)


def _attach(size: int, travelling: Any) -> Segment:
    descriptor: int = travelling.detach()
    os.set_inheritable(descriptor, False)
    return Segment(size, descriptor)


def nameless_file(size: int) -> int:
    """The descriptor of `size` bytes of which none needs memory yet."""
    descriptor: int
    if sys.platform == "linux":
        descriptor = os.memfd_create("forkless-arena")
    else:
        import _posixshmem  # type: ignore[import-not-found]  # as multiprocessing does it

        name = f"/forkless-{secrets.token_hex(8)}"  # macOS takes 31 characters
        descriptor = _posixshmem.shm_open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        _posixshmem.shm_unlink(name)
    try:
        os.ftruncate(descriptor, size)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
