"""Windows: a process that began as a spare, as its caller holds it."""

from __future__ import annotations

import _winapi
import sys
from multiprocessing import popen_spawn_win32, process, util

from . import client, environment, handoff, preload
from .recipe import recipe_for

assert sys.platform == "win32"


class Popen(popen_spawn_win32.Popen):
    """What ``Process._popen`` is for a forkless process; its sentinel is the process handle."""

    method = "forkless"

    def __init__(self, process_obj: process.BaseProcess) -> None:
        util._flush_std_streams()  # type: ignore[attr-defined]
        data = handoff.prepare(process_obj)
        environ = environment.current()
        recipe = recipe_for(data, preload.current(), environ)
        while True:
            handed = client.start(recipe, environ, bool(process_obj.daemon))
            self.pid = handed.pid
            self.returncode = None
            self.sentinel = handed.grip.sentinel
            self._handle = self.sentinel
            try:
                # Handles are duplicated while the object is pickled: the child must exist by then.
                handed.grip.send(handoff.pack(process_obj, data, environ, self))
                break
            except BaseException as error:
                died = self.wait(0) is not None
                handed.grip.close()
                if not (died and handed.warm and isinstance(error, Exception)):
                    raise  # Ctrl-C is meant for the caller, whatever became of the spare
                # A spare that died while it waited is nobody's process; the reserve is finite.
        self.finalizer = util.Finalize(self, _winapi.CloseHandle, (self.sentinel,))
