"""What PyInstaller asks for: the folder of hooks. Found by the entry point ``pyinstaller40``."""

from __future__ import annotations

import os


def get_hook_dirs() -> list[str]:
    """The folder with ``hook-forkless.py``."""
    return [os.path.dirname(__file__)]
