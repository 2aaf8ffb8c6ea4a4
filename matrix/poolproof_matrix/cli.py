"""``poolproof matrix``: run things where they are meant to run, also on Windows under Wine."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from poolproof_matrix import cell_commands, commands
from poolproof_matrix.errors import MatrixError
from poolproof_matrix.pins import DEFAULT_PYTHON, PYTHONS

EXIT_USAGE = 2

WINE_EPILOG = """\
examples:
  poolproof matrix wine setup                        download and set up (40 s, 1.6 GB)
  poolproof matrix wine run -- -c "import torch; print(torch.__version__)"
  poolproof matrix wine test -n 2 impl/tests         the same test files as on Linux
  poolproof matrix wine remove --yes                 delete all of it again

Nothing is written outside the cache folder (`wine status` names it; POOLPROOF_WINE_HOME
moves it) but the download caches of pip and uv.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; 2 means that it could not be done here."""
    arguments = _parse(argv)
    try:
        code: int = arguments.run(arguments)
    except MatrixError as error:
        print(f"poolproof matrix: {error}", file=sys.stderr)
        return EXIT_USAGE
    except KeyboardInterrupt:
        print("poolproof matrix: interrupted", file=sys.stderr)
        return 130
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="poolproof matrix", description=__doc__, allow_abbrev=False
    )
    groups = parser.add_subparsers(required=True, metavar="COMMAND")
    cell_commands.add_commands(groups)
    windows = _add(
        groups, "windows", commands.windows, "run the tests on Windows: natively, or under Wine"
    )
    _takes_rest(windows, "PYTEST-ARGS", "given to pytest as they are")
    wine = groups.add_parser(
        "wine",
        help="real Windows Python and PyTorch on x86-64 Linux, under Wine",
        description="Real Windows CPython with the real Windows wheel of PyTorch, under Wine.",
        epilog=WINE_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_wine_commands(wine.add_subparsers(required=True, metavar="COMMAND"))
    return parser


def _add_wine_commands(group: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    _add(group, "setup", commands.setup, "set up what is missing; a second run changes nothing")
    run = _add(group, "run", commands.run, "run Windows python.exe: wine run -- ARGS")
    _takes_rest(run, "ARGS", "given to python.exe as they are")
    test = _add(group, "test", commands.test, "run this checkout's tests with Windows pytest")
    _takes_rest(test, "PYTEST-ARGS", "given to pytest as they are")
    _add(
        group, "smoke", commands.smoke_test, "the quick real check: programs with a time limit each"
    )
    cpython = _add(
        group, "cpython", commands.cpython, "CPython's own tests of multiprocessing, on forkless"
    )
    _takes_rest(cpython, "ARGS", "given to impl/cpython/run.py as they are: --group misc")
    status = _add(group, "status", commands.status, "what is set up, which versions, how large")
    status.add_argument("--json", action="store_true", help="the same as JSON on stdout")
    _add(group, "stop", commands.stop, "end every process of the Wine prefix")
    remove = _add(group, "remove", commands.remove, "stop it and delete the cache folder")
    remove.add_argument("--yes", action="store_true", help="do not ask")


def _add(
    group: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    run: commands.Command,
    text: str,
) -> argparse.ArgumentParser:
    parser = group.add_parser(name, help=text, description=text, allow_abbrev=False)
    parser.set_defaults(run=run)
    parser.add_argument(
        "--python",
        default=DEFAULT_PYTHON,
        metavar="VERSION",
        help=f"Windows Python: {', '.join(PYTHONS)} (default: {DEFAULT_PYTHON})",
    )
    return parser


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Like `parse_args`, but a rest may begin with an option: `wine test -q -k NAME`.

    argparse.REMAINDER does not allow it (https://bugs.python.org/issue17050).
    """
    parser = _parser()
    arguments, unknown = parser.parse_known_args(argv)
    if unknown and not hasattr(arguments, "rest"):
        parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    if unknown:
        arguments.rest = [*unknown, *arguments.rest]
    return arguments


def _takes_rest(parser: argparse.ArgumentParser, metavar: str, text: str) -> None:
    parser.add_argument("rest", nargs=argparse.REMAINDER, metavar=metavar, help=text)
