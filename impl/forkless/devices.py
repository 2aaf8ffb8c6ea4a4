"""What a spare saw of its CUDA device, where a preload callable made a context there."""

from __future__ import annotations

import sys
from contextlib import suppress

from .messages import Device
from .room import MIB

# CUDA tells nobody what a context takes besides its tensors: some hundred megabytes.
CONTEXT = 512 * MIB


def seen() -> Device | None:
    """The device now; None without a context. Makes none, and imports nothing."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_initialized():
        return None
    with suppress(RuntimeError):  # a broken context is the child's to report
        free, _ = torch.cuda.mem_get_info()
        return Device(free, CONTEXT + torch.cuda.memory_reserved())
    return None
