"""``python -m forkless SCRIPT``: run a script that was not written for forkless, with it.

``python -m forkless status`` shows what servers run.
"""

from __future__ import annotations

import argparse
import builtins
import importlib.machinery
import os
import runpy
import sys
import types
from collections.abc import Sequence

from . import status_page
from .installation import install

_TEXT = """\
Run a Python program with the start method "forkserver" on every system, Windows too.

Processes then begin as spares: interpreters that have done their imports (torch, if the program
uses it, and the program's own module) and wait. It takes milliseconds to start one.
  multiprocessing.get_context("forkserver"), set_start_method("forkserver")   use it
  Pool(mp_context="forkserver"), DataLoader(multiprocessing_context="forkserver")   take it
  programs that name no start method   use it too, except where the default is fork
"""
_EXAMPLES = """\
examples:
  python -m forkless train.py --epochs 3
  python -m forkless -m package.module ARGS
  python -m forkless -c "import torch.multiprocessing as mp; print(mp.get_all_start_methods())"
  python -m forkless status            the servers that run for you: spares, hits, memory
  python -m forkless status --help     what its columns mean (a script of that name: ./status)
As always with processes that are not forked, the program needs: if __name__ == "__main__":
"""


def main(arguments: Sequence[str]) -> None:
    """Run what *arguments* say as ``__main__``, exactly as ``python`` itself would."""
    if arguments[:1] == ["status"]:
        sys.exit(status_page.main(arguments[1:]))
    parser = argparse.ArgumentParser(
        prog="python -m forkless",
        usage="python -m forkless [-h] (SCRIPT | -m MODULE | -c CODE) [ARGS ...]\n"
        "       python -m forkless status [-h] [--json]",
        description=_TEXT,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("-m", action="store_true", help="SCRIPT is the name of a module")
    form.add_argument("-c", action="store_true", help="SCRIPT is Python code")
    parser.add_argument("script", metavar="SCRIPT", help="the program to run")
    parser.add_argument("args", metavar="ARGS", nargs=argparse.REMAINDER, help="its arguments")
    chosen = parser.parse_args(arguments)
    if not chosen.c and not chosen.m and not os.path.isfile(chosen.script):
        parser.error(f"{chosen.script!r} is no file; for a module: -m {chosen.script}")
    install()
    if chosen.m:
        _run_module(chosen.script, chosen.args)
    elif chosen.c:
        _run_code(chosen.script, chosen.args)
    else:
        _run_script(chosen.script, chosen.args)


def _run_script(path: str, args: list[str]) -> None:
    # Not runpy.run_path: it puts the old __main__ back at the end, when threads and exit handlers
    # of the script may still start processes, which would then have the wrong main module.
    sys.argv = [path, *args]
    sys.path[0] = os.path.dirname(os.path.realpath(path))
    path = os.path.abspath(path)
    module = types.ModuleType("__main__")
    loader = importlib.machinery.SourceFileLoader("__main__", path)
    vars(module).update(__file__=path, __loader__=loader, __builtins__=builtins, __cached__=None)
    sys.modules["__main__"] = module
    exec(loader.source_to_code(loader.get_data(path), path), vars(module))


def _run_code(code: str, args: list[str]) -> None:
    sys.argv = ["-c", *args]
    sys.path[0] = ""
    module = types.ModuleType("__main__")
    vars(module).update(__builtins__=builtins)
    sys.modules["__main__"] = module
    exec(compile(code, "<string>", "exec"), vars(module))


def _run_module(name: str, args: list[str]) -> None:
    sys.argv = [name, *args]
    sys.path[0] = os.getcwd()
    runpy.run_module(name, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
