"""This process's way to the server of its tree: find it or start it, ask it, do without it.

Guarantees: any thread may ask at any time; a forked copy of this process never speaks on its
parent's link; a server that died is replaced by the next question, which is then asked once more.
Assumes: a server says a first word at once, since all it waits for is a lock that nobody holds for
long. One that is silent is suspended, and is replaced: the process that started it kills it, which
costs the spares that nobody has, and harms no child. On the contrary: only then do the sentinels of
its children tell of their end (its other clients find their links broken, and help themselves).
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import spawn, util
from typing import Any

from . import messages, wire
from .errors import ForkserverError
from .interpreter import interpreter_flags
from .launch import launch
from .memo import remembering
from .recipe import Recipe
from .system import channel

_WORD_WITHIN = 5.0  # swapped out, on a machine under full load, it still manages that
_BEGIN_WITHIN = 30.0  # an interpreter has to start, for a new server as for a process that it makes
_END_WITHIN = 10.0


@dataclass(frozen=True)
class Handed:
    """A process that the server gave to this caller."""

    pid: int
    warm: bool
    grip: channel.Grip


class Client:
    """The link to the server, and the server itself where this process started it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._link: channel.Link | None = None
        self._server: subprocess.Popen[bytes] | None = None
        self._bounds: messages.Bounds | None = None
        self._maker = messages.FORK

    def adopt(self, link: channel.Link) -> None:
        """Use *link*, which this process was born with."""
        self._link = link
        link.be_patient_for(_WORD_WITHIN)

    def start(self, recipe: Recipe, environ: Mapping[str, str], daemon: bool) -> Handed:
        """A process made by *recipe*; raises ForkserverError when there can be none."""
        answer, grip = self._ask(messages.Start(recipe, environ, daemon))
        if grip is None:
            raise ForkserverError(answer.reason)
        return Handed(answer.pid, answer.warm, grip)

    def warm_up(
        self, recipe: Recipe, environ: Mapping[str, str], count: int, seconds: float
    ) -> None:
        """Keep spares of *recipe*; with *seconds*, wait until *count* are ready."""
        self._ask(messages.Warm(recipe, environ, count))
        if seconds <= 0:
            return
        try:
            with self._own_link() as link:
                link.send(messages.AwaitWarm(recipe, environ, count, seconds))
                answer = _next(link, seconds + _WORD_WITHIN)
        except (EOFError, OSError) as error:
            raise ForkserverError(f"the server died before {count} spares were ready") from error
        if isinstance(answer, messages.Refused):
            raise ForkserverError(answer.reason)
        if isinstance(answer, messages.Late):
            raise ForkserverError(
                f"{answer.ready} of {count} spares were ready after {seconds:g} s; "
                "ask for fewer, or wait longer"
            )

    def set_reserve(self, bounds: messages.Bounds | None) -> None:
        """Keep so many spares, now and in a server that is started later."""
        self._bounds = bounds
        self._ask_if_running(messages.SetReserve(bounds))

    def ensure_running(self) -> None:
        """Start the server if none answers."""
        self._ask(messages.AskStatus())

    def set_maker(self, name: str) -> None:
        """How spares are made by the server that is started next."""
        if self._link is not None:
            raise ForkserverError(
                "the server runs already; choose before the first start(), or after shutdown()"
            )
        self._maker = name

    def status(self) -> messages.Status:
        """What the server holds; an empty Status where none runs."""
        answer = self._ask_if_running(messages.AskStatus())
        if isinstance(answer, messages.Status):
            return answer
        return messages.Status()

    def shut_down(self) -> None:
        """End server and unused spares; children go on, and report their exit by themselves."""
        with self._lock:
            if self._link is None:
                return
            with suppress(OSError):  # it may be gone already
                self._link.send(messages.ShutDown())
            self._drop()

    def leave(self) -> None:
        """Hang up. The server ends with its last client; that is awaited if it is this one."""
        if self.status().children:
            # Somebody else's children live on, and the server with them.
            self._server = None
        with self._lock:
            self._drop()

    def forget(self) -> None:
        """In a forked copy: the link is the parent's. Say nothing on it, keep it open no more."""
        self._lock = threading.Lock()
        if self._link is not None:
            self._link.close()
        self._link = None
        # Not dropped: collecting it would warn about a process that is none of this copy's.
        self._parents_server, self._server = self._server, None

    def _ask_if_running(self, message: object) -> object:
        """The answer of the server that runs, or None: no server is started to be asked this."""
        with self._lock:
            if self._link is None:
                return None
            try:
                return self._ask_once(message)[0]
            except (EOFError, OSError):
                return None

    def _ask(self, message: object) -> tuple[Any, channel.Grip | None]:
        with self._lock:
            with suppress(EOFError, OSError):
                return self._ask_once(message)
            try:
                return self._ask_once(message)
            except (EOFError, OSError) as error:
                raise ForkserverError(
                    f"the server died, and so did the one started in its place ({error!r}); "
                    "its own message is on standard error"
                ) from error

    def _ask_once(self, message: object) -> tuple[Any, channel.Grip | None]:
        data = _encoded(message)  # before the question: one that cannot be asked harms nobody
        with self._asking() as link:
            link.send_bytes(data)
            answer = _next(link, _WORD_WITHIN)
            if isinstance(answer, messages.Ordered):
                answer = _next(link, _BEGIN_WITHIN)
            given = isinstance(answer, messages.Given)
            return answer, channel.Grip.receive(link) if given else None

    @contextmanager
    def _own_link(self) -> Iterator[channel.Link]:
        """A link of one's own, to wait on without holding up other threads' starts."""
        with self._lock, self._asking() as main:
            main.send(messages.NewLink())
            _next(main, _WORD_WITHIN)
            (end,) = main.take(1)
        link = channel.open_link(end)
        with link:
            yield link

    @contextmanager
    def _asking(self) -> Iterator[channel.Link]:
        """The link, for a question and all of its answer. Whatever comes between, hang up.

        Ctrl-C may: what then comes late would be taken for the answer to the next question.
        """
        try:
            if self._link is None:
                self._start_server()
            assert self._link is not None
            yield self._link
        except BaseException:
            self._drop(kill=True)
            raise

    def _start_server(self) -> None:
        link, end = channel.make_link()
        try:
            self._server = launch(
                "server",
                (end, *channel.kept_open()),
                executable=os.fsdecode(spawn.get_executable()),
                # Without site it starts sooner, and no tool's .pth file watches or measures it.
                flags=(*interpreter_flags(), "-S"),
                environ=os.environ,
                stdout=subprocess.DEVNULL,
            )
        finally:
            channel.close_end(end)
        link.be_patient_for(_WORD_WITHIN)
        self._link = link
        program = sys.argv[0] if getattr(sys, "argv", None) else ""
        link.send(messages.Hello(os.getpid(), program, self._bounds, self._maker))
        _next(link, _BEGIN_WITHIN)
        # After multiprocessing has joined the children, as a negative priority says.
        util.Finalize(None, self.leave, exitpriority=-50)

    def _drop(self, kill: bool = False) -> None:
        if self._link is not None:
            self._link.close()
            self._link = None
        server, self._server = self._server, None
        if server is None:
            return
        if kill:
            server.kill()
        try:
            server.wait(_END_WITHIN)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait(_END_WITHIN)


_encoded = remembering(wire.encode)


def _next(link: channel.Link, seconds: float) -> Any:
    """The next message on *link*; raises EOFError if there is none in time, or ever."""
    if not link.poll(seconds):
        raise EOFError(f"no word within {seconds:g} s")
    return link.recv()


_client = Client()

adopt = _client.adopt
start = _client.start
warm_up = _client.warm_up
set_reserve = _client.set_reserve
set_maker = _client.set_maker
ensure_running = _client.ensure_running
status = _client.status
shut_down = _client.shut_down

if sys.platform != "win32":
    os.register_at_fork(after_in_child=_client.forget)
