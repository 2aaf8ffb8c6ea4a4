"""Writing a file so that a reader sees the old one or the new one, never half of either."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def write_atomically(path: Path, data: bytes) -> None:
    """Write `data` beside `path`, then rename it there; an OSError leaves nothing behind."""
    # Not tempfile.mkstemp: its mode 0600 would make a report that nobody else can open.
    beside = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        with open(beside, "xb") as file:
            file.write(data)
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def text_bytes(text: str) -> bytes:
    """UTF-8 of `text`; a lone surrogate (output that was no UTF-8) is written as `\\udc80`."""
    return text.encode("utf-8", errors="backslashreplace")
