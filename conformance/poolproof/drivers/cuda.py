"""Whether workers can compute on a CUDA device."""

from __future__ import annotations

import os
import runpy
from importlib.util import find_spec
from pathlib import Path


def usable(start_method: str) -> bool:
    """Is there a device, and do workers of this start method get as far as using it?

    torch is imported only where it was built for CUDA, and is asked in the way that leaves the
    device alone (https://docs.pytorch.org/docs/stable/notes/multiprocessing.html says that CUDA
    does not survive a fork).
    """
    torch = find_spec("torch")
    if start_method == "fork" or torch is None or torch.origin is None:
        return False
    return built_for_cuda(Path(torch.origin).parent) and _sees_a_device()


def built_for_cuda(package: Path) -> bool:
    """What `torch.version.cuda` says, without the second that importing torch takes."""
    return runpy.run_path(str(package / "version.py")).get("cuda") is not None


def _sees_a_device() -> bool:
    os.environ.setdefault("PYTORCH_NVML_BASED_CUDA_CHECK", "1")
    import torch

    return bool(torch.cuda.is_available())
