"""Linux: spares are forked from a template, where it is fit for that; else they are created.

A fork takes milliseconds and shares the memory of what was imported; an import of torch takes a
second and 220 MB.

Guarantees: a template that dies, hangs or is unfit costs time, never a start.
Assumes: the server's main thread alone calls `make`, `prepared` and `keep`.
"""

from __future__ import annotations

import contextlib
import os
import queue
import select
import signal
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from enum import Enum

from . import lookups, messages
from .launch import launch
from .maker import CannotMake, CreateProcess
from .recipe import Recipe
from .reserve import Spare
from .system import channel

assert sys.platform == "linux"

_FORK_WITHIN = 2.0
_TELL_WITHIN = 5.0
_END_WITHIN = 5.0
_DEATHS = 3  # of templates of one recipe that forked nothing, after which it is tried no more


class State(Enum):
    """What a template is good for."""

    WARMING = "warming"
    FIT = "fit"
    UNFIT = "unfit"
    DEAD = "dead"


class Forked:
    """A process that a template forked; *give_up* is called if that does not tell of its end."""

    def __init__(self, pid: int, give_up: Callable[[], object]) -> None:
        self.pid = pid
        self._give_up = give_up
        self._lock = threading.Lock()
        # Its parent reaps it whenever it ends: by the id alone a stranger could be killed.
        self._pidfd: int | None = None
        with contextlib.suppress(ProcessLookupError):  # it was, already
            self._pidfd = os.pidfd_open(pid)
        self._told: queue.SimpleQueue[int | None] = queue.SimpleQueue()

    def ended(self, code: int | None) -> None:
        """Its parent says so; None when the parent died first."""
        self._told.put(code)

    def wait(self) -> int | None:
        """See Held."""
        if self._pidfd is None:
            return self._told.get()
        poll = select.poll()
        poll.register(self._pidfd, select.POLLIN)
        poll.poll()
        with self._lock:
            os.close(self._pidfd)
            self._pidfd = None
        try:
            return self._told.get(timeout=_TELL_WITHIN)
        except queue.Empty:
            self._give_up()  # suspended: whoever joins this process would wait for its parent
            return self._told.get()

    def kill(self) -> None:
        """See Held."""
        with self._lock, contextlib.suppress(ProcessLookupError):
            if self._pidfd is not None:
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)


class Template:
    """The server's side of one template."""

    def __init__(
        self, environ: Mapping[str, str], recipe: Recipe, tracker: int, changed: Callable[[], None]
    ) -> None:
        self.recipe = recipe
        self.state = State.WARMING
        self.environ = environ
        self._looked_up: tuple[str, ...] = ()
        self._changed = changed
        self._born: queue.SimpleQueue[Forked | None] = queue.SimpleQueue()
        self._children: dict[int, Forked] = {}
        self._link, end = channel.make_link()
        try:
            self._process = _launched(end, tracker, recipe, environ)
        finally:
            channel.close_end(end)
        self.pid = self._process.pid
        self._link.send(recipe)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def serves(self, recipe: Recipe, environ: Mapping[str, str]) -> bool:
        """Whether its preload is that of a process of *recipe* that starts in *environ*.

        Until it is warm it may be: nobody knows yet what it looks up.
        """
        same = self.state is not State.FIT or lookups.same(self._looked_up, self.environ, environ)
        return self.recipe == recipe and same

    def fork(self, ends: channel.SpareEnds) -> Forked:
        """A new spare with *ends*; raises CannotMake when there is none in time."""
        try:
            self._link.send(messages.Fork(), ends.for_child)
            child = self._born.get(timeout=_FORK_WITHIN)
        except (OSError, queue.Empty):
            child = None
        if child is None:
            self.kill()
            raise CannotMake("its template is gone")
        return child

    def retire(self) -> None:
        """Fork no more; end when the last child has."""
        try:
            self._link.send(messages.Retire())
        except OSError:
            self.kill()

    def kill(self) -> None:
        """End it now; its children go on."""
        self._process.kill()
        self._reader.join(_END_WITHIN)

    def _read(self) -> None:
        try:
            while self._take(self._link.recv()):
                pass
        except (EOFError, OSError):
            pass
        if self.state is not State.UNFIT:
            self.state = State.DEAD
        self._born.put(None)
        for child in self._children.values():
            child.ended(None)
        self._process.kill()
        self._process.wait()
        self._link.close()
        self._changed()

    def _take(self, message: object) -> bool:
        match message:
            case messages.Ready():
                self._looked_up = message.looked_up
                self.state = State.FIT
                self._changed()
            case messages.Forked():
                child = self._children[message.pid] = Forked(message.pid, self._process.kill)
                self._born.put(child)
            case messages.Ended():
                self._children.pop(message.pid).ended(message.exit_code)
            case messages.Unfit():
                self.state = State.UNFIT
                return False
        return True


class Templates:
    """Forks what it can, and creates the rest."""

    def __init__(self, tracker: int, changed: Callable[[], None]) -> None:
        self._tracker = tracker
        self._changed = changed
        self._create = CreateProcess((tracker,))
        self._template: Template | None = None
        self._unfit: set[Recipe] = set()
        self._deaths: Counter[Recipe] = Counter()

    def make(self, recipe: Recipe, environ: Mapping[str, str]) -> Spare:
        """See Maker."""
        template = self._fitting(recipe, environ)
        if template is None or template.state is not State.FIT:
            return self._create.make(recipe, environ)
        try:
            ends = channel.SpareEnds()
        except OSError as error:
            raise CannotMake(f"no ends for a new process: {error}") from error
        try:
            process = template.fork(ends)
        except CannotMake:
            ends.abandon()
            return self._create.make(recipe, environ)
        finally:
            ends.launched()
        self._deaths[recipe] = 0
        return Spare(recipe, process, ends, environ=template.environ)

    @property
    def template_pid(self) -> int | None:
        """See Maker; any thread may ask."""
        template = self._template
        useful = template is not None and template.state in (State.WARMING, State.FIT)
        return template.pid if template is not None and useful else None

    def prepared(self, recipe: Recipe, environ: Mapping[str, str]) -> bool:
        """See Maker: while a template warms up, the reserve waits for it."""
        if recipe in self._unfit or any(":" in name for name in recipe.preload.names):
            return True
        template = self._fitting(recipe, environ)
        if template is not None and template.state is State.DEAD:
            self._deaths[recipe] += 1
            self._template = template = None
        given_up = template is not None and template.state is State.UNFIT
        if given_up or self._deaths[recipe] >= _DEATHS:
            self._unfit.add(recipe)
            self._template = None
            return True
        if template is None:
            return not self._begun(recipe, environ)
        return template.state is State.FIT

    def keep(self, wanted: messages.Warm | None) -> None:
        """See Maker."""
        template = self._template
        if template is None:
            return
        if wanted is None or not template.serves(wanted.recipe, wanted.environ):
            template.retire()
            self._template = None

    def close(self) -> None:
        """See Maker."""
        if self._template is not None:
            self._template.kill()

    def _begun(self, recipe: Recipe, environ: Mapping[str, str]) -> bool:
        """Start a template; False if the system gives no process for it."""
        self.keep(None)
        try:
            self._template = Template(environ, recipe, self._tracker, self._changed)
        except (OSError, ValueError):
            return False
        return True

    def _fitting(self, recipe: Recipe, environ: Mapping[str, str]) -> Template | None:
        template = self._template
        return template if template is not None and template.serves(recipe, environ) else None


def _launched(
    end: int, tracker: int, recipe: Recipe, environ: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        return launch(
            "fork_template",
            (end, tracker),
            executable=recipe.executable,
            flags=recipe.flags,
            environ=environ,
            folder=recipe.folder,
            stdout=out,
            stderr=err,
        )
