"""POSIX: a process that began as a spare, as its caller holds it."""

from __future__ import annotations

import sys
import threading
from multiprocessing import popen_fork, process, util
from multiprocessing.connection import wait
from typing import Any

from . import client, environment, handoff, preload
from .recipe import recipe_for

assert sys.platform != "win32"


class InheritedDescriptor:
    """Pickled in place of a descriptor that travels with the hand-off."""

    def __init__(self, place: int) -> None:
        self._place = place

    def detach(self) -> int:
        """The descriptor in the child; its new owner closes it."""
        return handoff.descriptor(self._place)


class Popen(popen_fork.Popen):
    """What ``Process._popen`` is for a forkless process."""

    method = "forkless"
    DupFd = InheritedDescriptor

    def __init__(self, process_obj: process.BaseProcess) -> None:
        self._descriptors: list[int] = []
        self._exit_lock = threading.Lock()
        super().__init__(process_obj)

    def duplicate_for_child(self, fd: int) -> int:
        self._descriptors.append(fd)
        return len(self._descriptors) - 1

    def _launch(self, process_obj: process.BaseProcess) -> None:
        data = handoff.prepare(process_obj)
        environ = environment.current()
        payload = handoff.pack(process_obj, data, environ, self)
        recipe = recipe_for(data, preload.current(), environ)
        while True:
            handed = client.start(recipe, environ, bool(process_obj.daemon))
            try:
                handed.grip.send(payload, self._descriptors)
                break
            except BaseException as error:
                handed.grip.close()
                if not (handed.warm and isinstance(error, OSError)):
                    raise  # Ctrl-C is meant for the caller, whatever became of the spare
                # A spare that died while it waited is nobody's process; the reserve is finite.
        del self._descriptors
        self._grip = handed.grip
        self.pid = handed.pid
        self.sentinel = self._grip.sentinel
        self.finalizer = util.Finalize(self, handed.grip.close)

    def poll(self, flag: int = 1) -> Any:
        """The exit code, or None; *flag* 0 waits for it, as in ``os.waitpid``."""
        if self.returncode is None and wait([self.sentinel], None if flag == 0 else 0):
            with self._exit_lock:  # the code can be read once, by one of several waiting threads
                if self.returncode is None:
                    self.returncode = self._grip.exit_code()
        return self.returncode
