"""As much of a debugger's client as it takes to stop in a child (Debug Adapter Protocol).

https://microsoft.github.io/debug-adapter-protocol/specification
"""

from __future__ import annotations

import json
import selectors
import socket
import time
from typing import Any


class Session:
    """One debugged process: configures it, and looks at an expression wherever it stops."""

    def __init__(self, port: int, attach: dict[str, Any], stop: tuple[str, int], look: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.seen: list[str] = []
        self.children: list[dict[str, Any]] = []
        self._attach, self._stop, self._look = attach, stop, look
        self._unread = b""
        self._count = 0
        self._thread = 0
        self._over = False
        self._ask("initialize", adapterID="forkless")

    def read(self) -> bool:
        """Take what came; False at the end."""
        data = self.socket.recv(1 << 16)
        self._unread += data
        while b"\r\n\r\n" in self._unread:
            head, _, rest = self._unread.partition(b"\r\n\r\n")
            size = int(head.rpartition(b":")[2])
            if len(rest) < size:
                break
            self._unread = rest[size:]
            self._take(json.loads(rest[:size]))
        return bool(data) and not self._over

    def _take(self, message: dict[str, Any]) -> None:
        kind = message.get("event") or message.get("command")
        body = message.get("body") or {}
        if kind == "initialize":
            self._ask("attach", **self._attach)
        elif kind == "initialized":
            path, line = self._stop
            self._ask("setBreakpoints", source={"path": path}, breakpoints=[{"line": line}])
            self._ask("configurationDone")
        elif kind == "debugpyAttach":
            self.children.append(body)
        elif kind == "stopped":
            self._thread = body["threadId"]
            self._ask("stackTrace", threadId=self._thread)
        elif kind == "stackTrace":
            frame = body["stackFrames"][0]
            self.seen.append(frame["name"])
            self._ask("evaluate", expression=self._look, frameId=frame["id"])
        elif kind == "evaluate":
            self.seen.append(body["result"])
            self._ask("continue", threadId=self._thread)
        elif kind == "terminated":
            self._over = True

    def _ask(self, command: str, **arguments: Any) -> None:
        self._count += 1
        request = {"seq": self._count, "type": "request", "command": command}
        data = json.dumps({**request, "arguments": arguments}).encode()
        self.socket.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(data), data))


def debug(port: int, stop: tuple[str, int], look: str, seconds: float) -> list[list[str]]:
    """What was seen in each process of the program at *port* that stopped, until all are over."""
    sessions: list[Session] = []
    deadline = time.monotonic() + seconds
    with selectors.DefaultSelector() as selector:

        def begin(attach: dict[str, Any], at: int) -> None:
            sessions.append(Session(at, attach, stop, look))
            selector.register(sessions[-1].socket, selectors.EVENT_READ, sessions[-1])

        begin({"subProcess": True, "justMyCode": False}, port)
        while selector.get_map() and time.monotonic() < deadline:
            for key, _ in selector.select(max(0.0, deadline - time.monotonic())):
                if not key.data.read():
                    selector.unregister(key.fileobj)
                while key.data.children:
                    attach = key.data.children.pop()
                    begin(attach, attach["connect"]["port"])
    for session in sessions:
        session.socket.close()
    return [session.seen for session in sessions if session.seen]
