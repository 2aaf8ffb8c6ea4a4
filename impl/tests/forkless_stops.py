"""Stops a process of forkless at one moment of its protocol, until the test says go on.

Nothing of this is in forkless. The test's client installs it in itself; it puts itself into the
code with which servers, templates and spares are launched, and so it is in all of them. A moment is
a step of `forkless.protocol` with "before" or "after". The first process that comes to the moment
calls the test and waits. Each process leaves a file with its role and pid in the trial's folder.
"""

from __future__ import annotations

import functools
import json
import os
import pkgutil
import socket
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from forkless import launch, protocol
from forkless.protocol import Act, Role, Step
from forkless.system import channel

_REAL = launch._BOOT
_ROLES = {Role.TEMPLATE: (Role.TEMPLATE, Role.SPARE)}  # what a template forks are spares
_role: Role | None = None


@dataclass(frozen=True)
class Moment:
    """Before or after a step."""

    when: str
    step: Step

    def __str__(self) -> str:
        return f"{self.when} {self.step}"


@dataclass(frozen=True)
class Plan:
    """What all processes of one program know: where to look for orders, and leave their names."""

    folder: str

    def reach(self, moment: str) -> None:
        """Called at each moment; returns when the test says so, if it waits for this one."""
        try:
            port, _, awaited = self._order.read_text().partition(" ")
        except FileNotFoundError:
            return
        if moment != awaited:
            return
        try:
            with socket.create_connection(("127.0.0.1", int(port))) as test:
                test.sendall(b"%d\n" % os.getpid())
                test.recv(1)
        except OSError:
            pass  # another process was first, and the test listens no more

    def note(self, role: str, pid: int) -> None:
        """Let the test find this process."""
        Path(self.folder, f"{role}-{pid}").touch()

    def await_at(self, moment: Moment, port: int) -> None:
        """The test, listening at *port*, waits for the first process at *moment*."""
        draft = Path(self.folder, "draft")
        draft.write_text(f"{port} {moment}")
        draft.replace(self._order)

    def await_no_more(self) -> None:
        """Whoever comes to the moment from now on passes it."""
        self._order.unlink(missing_ok=True)

    @property
    def _order(self) -> Path:
        return Path(self.folder, "order")


def install(role: Role, plan: Plan) -> None:
    """Watch every step that a process of *role* does, and pass the plan on."""
    launch._BOOT = _boot(plan)
    _become(role, plan)
    watched = [step for step in all_steps() if step.who in _ROLES.get(role, (role,))]
    _watch_messages({(step.who, step.act, step.what): step for step in watched}, plan)
    for step in watched:
        if step.act is Act.CALLS:
            _watch_calls(step, plan)
    if role is Role.TEMPLATE:
        os.register_at_fork(after_in_child=lambda: _become(Role.SPARE, plan))


def boot(module: str, text: str) -> None:
    """In a process that forkless launched, before it does anything."""
    role = {"server": Role.SERVER, "fork_template": Role.TEMPLATE, "spare": Role.SPARE}[module]
    install(role, Plan(**json.loads(text)))


def all_steps() -> list[Step]:
    """Every step of the table, once."""
    parts = [part for part in vars(protocol).values() if isinstance(part, tuple)]
    return list(dict.fromkeys(step for part in parts for step in part))


def _become(role: Role, plan: Plan) -> None:
    global _role
    _role = role
    plan.note(role.value, os.getpid())


def _boot(plan: Plan) -> str:
    folder, text = os.path.dirname(os.path.abspath(__file__)), json.dumps(asdict(plan))
    before = f"import sys; sys.path[len(sys.path):] = [{folder!r}, sys.argv[1]]; "
    return f"{before}import forkless_stops; forkless_stops.boot(sys.argv[2], {text!r}); {_REAL}"


def _watch_messages(watched: dict[tuple[Role | None, Act, str], Step], plan: Plan) -> None:
    real_send, real_receive = channel.Link.send_bytes, channel.Link.recv_bytes

    def send(link: Any, data: bytes, *ends: Any) -> None:
        step = watched.get((_role, Act.SENDS, json.loads(data)[0]))
        plan.reach(f"before {step}")
        real_send(link, data, *ends)
        plan.reach(f"after {step}")

    def receive(link: Any) -> bytes:
        data: bytes = real_receive(link)
        plan.reach(f"after {watched.get((_role, Act.RECEIVES, json.loads(data)[0]))}")
        return data

    channel.Link.send_bytes, channel.Link.recv_bytes = send, receive


def _watch_calls(step: Step, plan: Plan) -> None:
    module, _, path = step.what.partition(":")
    *owners, name = path.split(".")
    owner = pkgutil.resolve_name(":".join(filter(None, [f"forkless.{module}", ".".join(owners)])))
    raw = vars(owner)[name]
    real: Callable[..., Any] = raw.__func__ if isinstance(raw, classmethod) else raw

    @functools.wraps(real)
    def watched(*args: Any, **options: Any) -> Any:
        rehearsed = sys._getframe(1).f_globals["__name__"] == "forkless.rehearsal"
        if step.who is not _role or rehearsed:
            return real(*args, **options)
        plan.reach(f"before {step}")
        result = real(*args, **options)
        plan.reach(f"after {step}")
        return result

    setattr(owner, name, classmethod(watched) if isinstance(raw, classmethod) else watched)
