"""Windows: one side of a link, on which messages go both ways."""

from __future__ import annotations

import _winapi
import sys
from multiprocessing import connection
from typing import Any

from . import wire

assert sys.platform == "win32"


class Link(connection.PipeConnection):
    """Sends and receives messages; refuses what is none, and what is too large before it comes."""

    _patience: float | None = None

    def send(self, message: object) -> None:
        """Send *message*; raises OSError if nobody will read it."""
        self.send_bytes(wire.encode(message))

    def recv(self) -> Any:
        """The next message; raises EOFError or OSError if there will be none."""
        if self._patience is not None and not self.poll(self._patience):
            raise TimeoutError(f"no message within {self._patience:g} s")
        return wire.decode(self.recv_bytes(wire.LIMIT))

    def be_patient_for(self, seconds: float) -> None:
        """From now on, raise OSError where a send or a message takes longer."""
        self._patience = seconds

    def _send_bytes(self, data: bytes) -> None:
        """A write of more than the pipe holds waits for a reader, who may be suspended."""
        if self._patience is None:
            super()._send_bytes(data)  # type: ignore[misc]
            return
        written, error = _winapi.WriteFile(self.fileno(), data, overlapped=True)
        try:
            if error == _winapi.ERROR_IO_PENDING:
                milliseconds = int(self._patience * 1000)
                _winapi.WaitForMultipleObjects([written.event], False, milliseconds)
        finally:
            written.cancel()  # nothing, once it is complete
            count, error = written.GetOverlappedResult(True)
        if error or count < len(data):
            raise TimeoutError(f"nobody read {len(data)} bytes within {self._patience:g} s")
