"""The command line; each command's module is imported when it is asked for."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import EntryPoints, entry_points

from poolproof import __version__

INTERRUPTED = 130
EXTENSIONS = "poolproof.commands"
COMMANDS = {
    "run": "judge pools on this machine, and write a report",
    "explain": "say what a rule demands, why, and what to look at when it fails",
    "replay": "run one plan of one rule again, and show its history and verdict",
    "judge": "judge saved histories again, without any pool",
    "shrink": "find the smallest plan that fails as a saved one does",
    "expect": "compare results with what is known of the pools, or make it known",
    "report": "turn results into pages: one site of many runs, a comparison of two, and more",
    "saboteurs": "show that the rules catch pools that are wrong on purpose",
}
_EPILOG = """\
examples:
  poolproof run                                  the reference pool, every start method
  poolproof run --pool multiprocessing --start-method spawn
  poolproof run --pool mypackage.mypool:factory  your own pool
  poolproof run --list rules                     what can be asked of a pool
  poolproof explain FAULT-01
  poolproof report site poolproof-report --out site
  poolproof replay poolproof-report/failures/FAULT-01-multiprocessing-fork.json --times 20

exit codes:
  0  every MUST rule came out as expected      1  one did not
  2  the command was wrong                   130  stopped by Ctrl-C
  141  nobody read the output (| head)
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    extensions = entry_points(group=EXTENSIONS)
    if arguments and arguments[0] not in COMMANDS and arguments[0] in extensions.names:
        extension: int = extensions[arguments[0]].load()(arguments[1:])
        return extension
    options = _parser(arguments, extensions).parse_args(arguments)
    from poolproof_reports.terminal import until_unread  # --help does not wait for rich

    command = import_module(f"poolproof.cli.{options.command}")
    try:
        return until_unread(lambda: command.main(options))
    except KeyboardInterrupt:
        print("poolproof: stopped by Ctrl-C", file=sys.stderr)
        return INTERRUPTED


def _parser(arguments: list[str], extensions: EntryPoints) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="poolproof",
        description="Prove a process pool right, or show how it is wrong.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"poolproof {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, text in COMMANDS.items():
        command = commands.add_parser(
            name,
            help=text,
            description=text[0].upper() + text[1:] + ".",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        if name in arguments:  # its options cost an import
            import_module(f"poolproof.cli.{name}").add_options(command)
    for name in sorted(extensions.names - set(COMMANDS)):
        commands.add_parser(name, help="see `poolproof " + name + " --help`", add_help=False)
    return parser
