"""The names of a site's files: every rule and every pool has one, whatever it is called."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

_PLAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?")


def stems(names: Iterable[str]) -> dict[str, str]:
    """Name to a stem that is safe in a path, a link and an id, and differs from all others.

    The name itself where it is plain; else its digest, also where two names differ by case alone,
    which Windows and macOS take for one file.
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        if name in found:
            continue
        stem = name if _PLAIN.fullmatch(name) and name.lower() not in taken else _digest(name)
        taken.add(stem.lower())
        found[name] = stem
    return found


def _digest(name: str) -> str:
    data = name.encode("utf-8", errors="surrogatepass")
    return f"x-{hashlib.sha256(data).hexdigest()[:16]}"
