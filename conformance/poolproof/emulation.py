"""Say whether this interpreter runs on the real system or on an emulation of it."""

from __future__ import annotations

import sys
from functools import cache


@cache
def emulation() -> str:
    """Return the emulator's name and version, such as ``"wine-8.0"``, or ``""`` on a real system.

    Wine answers to every question as Windows would; the one documented way to tell it apart is
    the extra export of its ntdll: https://gitlab.winehq.org/wine/wine/-/wikis/Developer-FAQ
    """
    if sys.platform != "win32":
        return ""
    import ctypes

    try:
        get_version = ctypes.WinDLL("ntdll").wine_get_version
    except AttributeError:
        return ""
    get_version.restype = ctypes.c_char_p
    return f"wine-{get_version().decode('ascii')}"
