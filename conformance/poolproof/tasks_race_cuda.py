"""What RACE-21 runs on a device, in the caller and in workers."""

from __future__ import annotations

from typing import Any

_BUSY = 1024  # rows and columns of a product that a device needs some time for


def counted(device: str, elements: int, steps: int) -> Any:
    """A float32 tensor of shape (elements,) that is `steps` everywhere as soon as it is counted.

    On a CUDA device this returns before that: nothing waits for the kernels.
    """
    import torch

    count = torch.zeros(elements, device=device)
    busy = torch.ones(_BUSY, _BUSY, device=device) if device != "cpu" else count
    for _ in range(steps):
        if device != "cpu":
            busy = busy @ busy / _BUSY
        count += 1
    return count


def bounds(tensor: Any) -> list[float]:
    """The least and the greatest element."""
    return [float(tensor.min()), float(tensor.max())]
