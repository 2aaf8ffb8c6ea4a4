"""POSIX: one side of a link, on which messages go both ways."""

from __future__ import annotations

import os
import socket
import struct
import sys
from multiprocessing.connection import Connection
from typing import Any

from . import wire

assert sys.platform != "win32"

_TIMEVAL = struct.Struct("ll")


class Link(Connection):
    """Sends and receives messages; refuses what is none, and what is too large before it comes."""

    def send(self, message: object) -> None:
        """Send *message*; raises OSError if nobody will read it."""
        self.send_bytes(wire.encode(message))

    def recv(self) -> Any:
        """The next message; raises EOFError or OSError if there will be none."""
        return wire.decode(self.recv_bytes(wire.LIMIT))

    def be_patient_for(self, seconds: float) -> None:
        """From now on, raise OSError where a send or the rest of a message takes longer."""
        limit = _TIMEVAL.pack(int(seconds), int(seconds % 1 * 1e6))
        with socket.socket(fileno=os.dup(self.fileno())) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
