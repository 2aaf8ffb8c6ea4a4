"""What an application makes of torch's classes: a tensor of its own, a module with shared weights.

This module needs torch: it is imported by those that have it, and by workers, by its name.
"""

from __future__ import annotations

from typing import Any

import torch


class Tagged(torch.Tensor):  # type: ignore[misc]
    """A tensor with a class, and attributes, of an application's own."""


class Tied(torch.nn.Module):  # type: ignore[misc]
    """Two layers that share a weight or do not, with buffers, one of them not persistent."""

    def __init__(self, width: int, tied: bool) -> None:
        super().__init__()
        self.first = torch.nn.Linear(width, width)
        self.norm = torch.nn.BatchNorm1d(width)
        self.last = torch.nn.Linear(width, width, bias=False)
        if tied:
            self.last.weight = self.first.weight
        self.register_buffer("counts", torch.zeros(width, dtype=torch.int64))
        self.register_buffer("scratch", torch.zeros(width), persistent=False)
        self.settings: dict[str, Any] = {"width": width}
