"""The server of one process tree: it keeps a reserve of spares and hands them out.

Guarantees: a start is answered without waiting for any import; every spare that was given to nobody
ends with the server, and the server ends with its last client; a daemonic child ends when its
caller does, however that died; a given child is untouched by the server's death.
Threads: the main thread alone makes processes (PR_SET_PDEATHSIG follows the thread that forked);
each link has a thread that reads it, each process one that waits for its end.
Assumes: any client, spare or child may die at any line; a link that breaks is how that is learnt.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from . import maker, messages, wire
from .maker import CannotMake
from .overview import Display
from .recipe import Recipe
from .reserve import Reserve, Spare
from .survey import Survey
from .system import channel

_END_WITHIN = 5.0
_HAND_OFF = 0.002  # seconds: about what it takes until the target of a warm process begins
_DEATHS_IN_A_ROW = 3


@dataclass(eq=False)
class Peer:
    """Whoever is at the other side of a link: a client, or a spare that may become one.

    A client may have further links, and is gone when its *first* one breaks.
    """

    link: channel.Link
    pid: int
    spare: Spare | None = None
    first: Peer | None = None
    gone: bool = False


def main(link_end: int, *kept_open: int) -> None:
    """Run a server for the process at the other side of *link_end*, until nobody is left."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform != "win32":
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # ignored, it would swallow exit codes
    link = channel.open_link(link_end)
    hello: messages.Hello = link.recv()
    link.send(messages.Done())
    server = Server(hello, kept_open)
    server.attend(Peer(link, hello.pid))
    server.run()
    os._exit(0)  # threads still wait for children that live on


class Server:
    """One lock guards all state; it is never held while a link is read or a process is made."""

    def __init__(self, hello: messages.Hello, kept_open: tuple[int, ...]) -> None:
        self._changed = threading.Condition()
        self._orders: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        self._maker = maker.choose(
            hello.maker, kept_open, changed=lambda: self._orders.put(self._refill)
        )
        self._reserve = Reserve(hello.bounds)
        self._survey = Survey()
        self._display = Display(hello.program, hello.pid)
        self._outside: set[Peer] = set()  # clients that this server did not make
        self._askers: set[Peer] = set()  # clients for whom a reserve is kept
        self._children: set[Spare] = set()
        self._daemons: dict[Spare, Peer] = {}
        self._barren: dict[Recipe, messages.Failed] = {}
        self._dying: list[threading.Thread] = []
        self._ending = False
        self._deaths: Counter[Recipe] = Counter()
        self._hits = 0
        self._cold_starts = 0

    def run(self) -> None:
        """Carry out orders until the last client is gone, then end the unused spares."""
        while (order := self._next_order()) is not None:
            order()
        with self._changed:
            spares = self._reserve.clear()
        self._dismiss(spares)
        for watcher in self._dying:
            watcher.join(_END_WITHIN)
        self._maker.close()  # last: a template reaps what it forked

    def _next_order(self) -> Callable[[], object] | None:
        with self._changed:
            seconds = self._reserve.seconds_until_less()
        if self._orders.empty():  # while there is more to do, what is shown would soon be wrong
            self._display.show(self._status())
        try:
            return self._orders.get(timeout=seconds)
        except queue.Empty:
            return self._refill

    def attend(self, peer: Peer) -> None:
        """Serve *peer* from a thread of its own."""
        if peer.spare is None:
            with self._changed:
                self._outside.add(peer)
        threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer: Peer) -> None:
        try:
            if peer.spare is not None:
                peer.link.send(peer.spare.recipe)
                self._note_warmth(peer.spare, peer.link.recv())
            while True:
                self._answer(peer, peer.link.recv())
        except (EOFError, OSError):
            pass
        finally:
            self._gone(peer)
            peer.link.close()

    def _answer(self, peer: Peer, message: Any) -> None:
        match message:
            case messages.Start():
                self._start(peer, message)
            case messages.Warm():
                self._warm(peer, message)
                peer.link.send(messages.Done())
            case messages.AwaitWarm():
                peer.link.send(self._await_warm(peer, message))
            case messages.SetReserve():
                with self._changed:
                    self._reserve.bound(message.bounds)
                self._orders.put(self._refill)
                peer.link.send(messages.Done())
            case messages.NewLink():
                self._new_link(peer)
            case messages.AskStatus():
                peer.link.send(self._status())
            case messages.ShutDown():
                self._ending = True
                self._orders.put(None)
            case _:
                raise wire.Malformed(f"{message!r} is nothing to ask a server")

    def _start(self, peer: Peer, request: messages.Start) -> None:
        recipe = request.recipe
        with self._changed:
            self._askers.add(peer)
            failed = self._barren.get(recipe)
            if failed is not None and not failed.fatal and recipe.main is not None:
                recipe = replace(recipe, main=None)
                failed = self._barren.get(recipe)
            wanted = messages.Warm(recipe, request.environ)
            spare = None if failed is not None else self._reserve.take(wanted)
            self._reserve.follow(wanted)
        try:
            if failed is not None and failed.fatal:
                peer.link.send(messages.Refused(failed.reason))
            elif spare is not None:
                self._give(peer, spare, request.daemon)
                # The hand-off and a new spare would compete for cores, and one of them is awaited.
                peer.link.poll(_HAND_OFF)
            else:
                peer.link.send(messages.Ordered())
                self._give(peer, self._ordered(recipe, request.environ), request.daemon)
        except CannotMake as error:
            peer.link.send(messages.Refused(str(error)))
        finally:
            self._orders.put(self._refill)

    def _give(self, peer: Peer, spare: Spare, daemon: bool) -> None:
        with self._changed:
            warm = spare.ready
            self._hits += warm
            self._cold_starts += not warm
            self._children.add(spare)
            if daemon:
                self._daemons[spare] = peer
        given = messages.Given(spare.process.pid, warm)
        spare.ends.give(peer.link, given, int(getattr(spare.process, "_handle", 0)))

    def _warm(self, peer: Peer, request: messages.Warm) -> None:
        with self._changed:
            self._askers.add(peer)
            self._barren.pop(request.recipe, None)
            self._deaths[request.recipe] = 0
            self._reserve.aim(request)
            self._reserve.keep_at_least(request.count)
        self._orders.put(self._refill)

    def _await_warm(self, peer: Peer, request: messages.AwaitWarm) -> object:
        recipe, wanted = request.recipe, messages.Warm(request.recipe, request.environ)

        def ready() -> int:
            return self._reserve.ready(wanted)

        def settled() -> bool:
            # Nobody reads this link meanwhile, to see that it broke.
            left = peer.first is not None and peer.first.gone
            full = self._reserve.is_full(wanted)
            return recipe in self._barren or ready() >= request.count or full or left

        with self._changed:
            if not self._changed.wait_for(settled, min(request.seconds, threading.TIMEOUT_MAX)):
                return messages.Late(ready())
            failed = self._barren.get(recipe)
            if failed is None and ready() < request.count:
                reason = f"{ready()} of {request.count} spares can be kept, {self._reserve.reason}"
                return messages.Refused(reason)
        return messages.Done() if failed is None else messages.Refused(failed.reason)

    def _new_link(self, peer: Peer) -> None:
        link, end = channel.make_link()
        try:
            peer.link.send(messages.Done(), [end])
        finally:
            channel.close_end(end)
        self.attend(Peer(link, peer.pid, first=peer))

    def _note_warmth(self, spare: Spare, message: object) -> None:
        if not isinstance(message, (messages.Ready, messages.Failed)):
            raise wire.Malformed(f"{message!r} is no first word of a spare")
        with self._changed:
            if isinstance(message, messages.Ready):
                spare.ready, spare.device = True, message.device
                spare.looked_up = message.looked_up
                self._deaths[spare.recipe] = 0
            else:
                self._barren[spare.recipe] = message
                if spare in self._reserve.spares:
                    self._reserve.spares.remove(spare)
                    self._dismiss([spare])
            self._changed.notify_all()
        self._orders.put(self._refill)

    def _status(self) -> messages.Status:
        with self._changed:
            spares = self._reserve.spares
            return messages.Status(
                server_pid=os.getpid(),
                template_pid=self._maker.template_pid,
                ready=tuple(spare.process.pid for spare in spares if spare.ready),
                warming=tuple(spare.process.pid for spare in spares if not spare.ready),
                children=tuple(sorted(spare.process.pid for spare in self._children)),
                reserve=self._reserve.size,
                wished=self._reserve.wished,
                reason=self._reserve.reason,
                hits=self._hits,
                cold_starts=self._cold_starts,
            )

    def _ordered(self, recipe: Recipe, environ: Mapping[str, str]) -> Spare:
        """Have the main thread make a spare; its error is raised here."""
        made: queue.SimpleQueue[Spare | CannotMake] = queue.SimpleQueue()

        def order() -> None:
            try:
                spare = self._maker.make(recipe, environ)
                self._watch(spare)
                made.put(spare)
            except CannotMake as error:
                made.put(error)

        self._orders.put(order)
        result = made.get()
        if isinstance(result, CannotMake):
            raise result
        return result

    def _look_for_room(self) -> None:
        with self._changed:
            goal, spares = self._reserve.goal, self._reserve.short()
        if goal is None or spares is None:
            return
        room = self._survey.room(goal.recipe, spares)
        with self._changed:
            self._reserve.fit(room)
            self._changed.notify_all()

    def _refill(self) -> None:
        self._look_for_room()
        with self._changed:
            surplus = self._reserve.surplus()
            wanted = self._reserve.goal
            goal = self._reserve.next_to_make(self._cold_children())
            if goal is not None and goal.recipe in self._barren:
                goal = None
        self._dismiss(surplus)
        self._maker.keep(wanted)
        if goal is None or not self._maker.prepared(goal.recipe, goal.environ):
            return
        try:
            spare = self._maker.make(goal.recipe, goal.environ)
        except CannotMake as error:
            with self._changed:
                self._barren[goal.recipe] = messages.Failed(str(error), fatal=False)
                self._changed.notify_all()
            return
        with self._changed:
            self._reserve.spares.append(spare)
        self._watch(spare)
        self._orders.put(self._refill)

    def _cold_children(self) -> int:
        return sum(not (c.ready or c.recipe in self._barren) for c in self._children)

    def _watch(self, spare: Spare) -> None:
        peer = Peer(spare.ends.link, spare.process.pid, spare)
        spare.watcher = threading.Thread(target=self._await_end, args=(peer, spare), daemon=True)
        spare.watcher.start()
        self.attend(peer)

    def _await_end(self, peer: Peer, spare: Spare) -> None:
        exit_code = spare.process.wait()
        self._gone(peer)
        spare.ends.ended(exit_code)

    def _gone(self, peer: Peer) -> None:
        """The link broke or the process ended, whichever was seen first."""
        unused: list[Spare] = []
        with self._changed:
            if peer.gone:
                return
            peer.gone = True
            self._outside.discard(peer)
            self._askers.discard(peer)
            if peer.spare is not None:
                self._children.discard(peer.spare)
                self._daemons.pop(peer.spare, None)
                if peer.spare in self._reserve.spares:
                    unused.append(self._lost_in_reserve(peer.spare))
            orphans = [child for child, caller in self._daemons.items() if caller is peer]
            last = not self._outside and not self._children
            # At the end it is the main thread that clears the reserve, and waits for the spares.
            if not self._askers and not last and not self._ending:
                unused += self._reserve.clear()
            self._changed.notify_all()
        for orphan in orphans:
            orphan.process.kill()  # a stopped process would never see a milder signal
        self._dismiss(unused)
        self._orders.put(None if last else self._refill)

    def _lost_in_reserve(self, spare: Spare) -> Spare:
        self._reserve.spares.remove(spare)
        self._deaths[spare.recipe] += not spare.ready
        if self._deaths[spare.recipe] >= _DEATHS_IN_A_ROW:
            # Made again and again, it would die again and again.
            reason = f"{_DEATHS_IN_A_ROW} spares in a row ended while they warmed up"
            self._barren.setdefault(spare.recipe, messages.Failed(reason, fatal=False))
        return spare

    def _dismiss(self, spares: list[Spare]) -> None:
        with self._changed:
            self._dying = [watcher for watcher in self._dying if watcher.is_alive()]
            self._dying += [spare.watcher for spare in spares if spare.watcher is not None]
        for spare in spares:
            spare.ends.withdraw()
            spare.process.kill()
