"""Print what runs here; fail unless it is Windows CPython with a torch that computes."""

import platform
import sys

import torch
from poolproof.emulation import emulation

assert sys.platform == "win32", sys.platform
assert emulation(), "this is meant to run under Wine"
assert int(torch.arange(5).sum()) == 10
print(
    f"CPython {platform.python_version()} for {sys.platform}, torch {torch.__version__},",
    emulation(),
)
