"""Programs frozen into an executable (PyInstaller, cx_Freeze), the only interpreter they have.

Servers and spares are then the executable itself, run with a flag of its own. Its main module must
ask for that flag, else each of them would be the whole program once more, without end
(https://github.com/pyinstaller/pyinstaller/issues/4865); so nothing is started unless it does.
"""

from __future__ import annotations

import importlib
import multiprocessing
import sys
from collections.abc import Sequence

from .errors import ForkserverError

_FLAG = "--forkless"
_supported = False


def freeze_support() -> None:
    """Call this first in the ``if __name__ == "__main__":`` of a program that is to be frozen.

    In a process of forkless or of multiprocessing it does what that is for, and never returns.
    """
    global _supported
    multiprocessing.freeze_support()
    if not is_frozen(sys.executable):
        return
    _supported = True
    if sys.argv[1:2] == [_FLAG]:
        module, *ends = sys.argv[2:]
        importlib.import_module(f"{__package__}.{module}").main(*map(int, ends))


def is_frozen(executable: str) -> bool:
    """Whether *executable* is this program, and no Python."""
    return bool(getattr(sys, "frozen", False)) and executable == sys.executable


def command(executable: str, module: str, ends: Sequence[int]) -> list[str]:
    """How the frozen *executable* runs ``forkless.<module>.main(*ends)``.

    Raises ForkserverError where its main module never called `freeze_support`.
    """
    if not _supported:
        raise ForkserverError(
            f"{executable!r} is a frozen program that did not ask whether it is to be a process of "
            "forkless; call forkless.freeze_support() first in its 'if __name__ == \"__main__\":'"
        )
    return [executable, _FLAG, module, *map(str, ends)]
