"""Windows: one side of a link, on which messages go both ways, some of them with handles.

Whoever receives handles copies them, while their owner waits. Were it the other way round, the
owner would put them into a process that may have hung up: nobody there would ever close them, and a
spare would wait for ever for its mouth to close.
"""

from __future__ import annotations

import _winapi
import os
import sys
from collections.abc import Sequence
from multiprocessing import connection, reduction
from typing import Any

from . import messages, wire

assert sys.platform == "win32"


class Link(connection.PipeConnection):
    """Sends and receives messages; refuses what is none, and what is too large before it comes."""

    _patience: float | None = None

    def send(self, message: object, ends: Sequence[int] = ()) -> None:
        """Send *message* and copies of *ends*; raises OSError if nobody will read it."""
        self.send_bytes(wire.encode(message))
        if ends:
            self.send(messages.Ends(os.getpid(), tuple(ends)))
            answer = self.recv()
            if not isinstance(answer, messages.Done):
                raise wire.Malformed(f"{answer!r} is no answer to handles that were offered")

    def recv(self) -> Any:
        """The next message; raises EOFError or OSError if there will be none."""
        if self._patience is not None and not self.poll(self._patience):
            raise TimeoutError(f"no message within {self._patience:g} s")
        return wire.decode(self.recv_bytes())

    def recv_bytes(self, maxlength: int | None = wire.LIMIT) -> bytes:
        """The next message as it came."""
        return super().recv_bytes(maxlength)

    def take(self, count: int) -> list[int]:
        """The ends that come with the last message: *count* of them, or it is Malformed."""
        offer = self.recv()
        if not isinstance(offer, messages.Ends) or len(offer.handles) != count:
            raise wire.Malformed(f"{offer!r} came with a message, not {count} ends")
        source = _winapi.OpenProcess(_winapi.PROCESS_DUP_HANDLE, False, offer.pid)
        taken: list[int] = []
        try:
            for handle in offer.handles:
                taken.append(reduction.duplicate(handle, source_process=source))
            self.send(messages.Done())
        except BaseException:
            for handle in taken:
                _winapi.CloseHandle(handle)
            raise
        finally:
            _winapi.CloseHandle(source)
        return taken

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
