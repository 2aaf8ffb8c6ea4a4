"""What this interpreter was told on its command line, for those that are started like it."""

from __future__ import annotations

import sys
from multiprocessing import util


def interpreter_flags() -> tuple[str, ...]:
    """The options of this interpreter's own command line.

    subprocess, and with it multiprocessing, repeats only some of the -X options: a program with
    ``-X int_max_str_digits=0`` would meet the default limit in its children.
    """
    repeated: list[str] = util._args_from_interpreter_flags()  # type: ignore[attr-defined]
    names = {option.partition("=")[0] for option in repeated}
    missing = {name: value for name, value in sys._xoptions.items() if name not in names}
    return (*repeated, *(_option(name, value) for name, value in missing.items()))


def _option(name: str, value: str | bool) -> str:
    return f"-X{name}" if value is True else f"-X{name}={value}"
