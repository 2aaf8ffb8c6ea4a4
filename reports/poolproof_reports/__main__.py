"""`python -m poolproof_reports`: reports from result files, their schema, and the findings."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from poolproof_reports import findings_command
from poolproof_reports.findings import FindingError
from poolproof_reports.junit import write_junit
from poolproof_reports.overview import collect, render
from poolproof_reports.results import ResultError, load
from poolproof_reports.schema import PUBLISHED, json_schema
from poolproof_reports.site import command as site_command
from poolproof_reports.terminal import until_unread
from poolproof_reports.writing import write_all

EXAMPLES = """\
examples:
  python -m poolproof_reports render poolproof-report/result.json --out site
      read a result that `poolproof run` wrote; write site/report.html (one page that needs
      no server), site/summary.md (for a job summary or an issue) and site/result.json
  python -m poolproof_reports site reports --out site
      one site of all result.json files in reports/: tables with filters, a page for each
      rule and each pool, badges; open site/index.html
  python -m poolproof_reports compare old/result.json new/result.json
      print what changed, new failures first; exit code 1 if there are any
  python -m poolproof_reports overview reports --expected 5
      print one table of the results in reports/CELL/; exit code 1 unless all five are there,
      whole, and without failures
  python -m poolproof_reports schema
      print the JSON Schema that every result file satisfies
  python -m poolproof_reports findings --only pool_killed_worker
      run a violation that was seen in a real pool again, to see whether it still holds
"""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and where the help is."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message} (see {self.prog} --help)\n")


def parser() -> Parser:
    top = Parser(
        prog="python -m poolproof_reports",
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_commands(top.add_subparsers(required=True, metavar="COMMAND"))
    return top


def add_commands(commands: argparse._SubParsersAction[Any]) -> None:
    """Add every subcommand; each leaves in `act` the function that carries its options out."""
    render = commands.add_parser("render", help="write Markdown and HTML from a result file")
    render.add_argument("result", type=Path, metavar="RESULT.json", help="what a run wrote")
    render.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder to write into, made if missing",
    )
    render.add_argument("--junit", type=Path, metavar="FILE", help="write JUnit XML too, for a CI")
    render.set_defaults(act=_render)
    site_command.add_parsers(commands)
    schema = commands.add_parser("schema", help="print the JSON Schema of result files")
    schema.add_argument("--write", action="store_true", help="renew the published copy instead")
    schema.set_defaults(act=_schema)
    many = commands.add_parser("overview", help="one table of many runs; were they all there?")
    many.add_argument(
        "folder", type=Path, metavar="DIR", help="one folder a cell, with its result.json"
    )
    many.add_argument(
        "--expected", type=int, required=True, metavar="N", help="cells that were to report"
    )
    many.add_argument(
        "--experimental",
        default="",
        metavar="CELLS",
        help="names, separated by spaces, of cells that are shown and do not count",
    )
    many.set_defaults(act=_overview)
    findings_command.add_parser(commands)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0, 1 for what is not well, or 2 with one line on standard error."""
    options = parser().parse_args(arguments)
    return until_unread(lambda: execute(options))


def execute(options: argparse.Namespace) -> int:
    """Carry a command's options out; 2 and one line on standard error for what cannot be read.

    Raises:
        BrokenPipeError: nobody reads its output any more.
    """
    try:
        code: int = options.act(options)
    except BrokenPipeError:
        raise
    except (ResultError, FindingError, OSError) as error:
        print(f"poolproof_reports: error: {error}", file=sys.stderr)
        return 2
    return code


def _render(options: argparse.Namespace) -> int:
    loaded = load(options.result)
    for path in write_all(loaded, options.out).values():
        print(path)
    if options.junit is not None:
        print(write_junit(loaded, options.junit))
    return 0


def _overview(options: argparse.Namespace) -> int:
    overview = collect(options.folder, options.expected, options.experimental.split())
    print(render(overview), end="")
    return 1 if overview.problems else 0


def _schema(options: argparse.Namespace) -> int:
    text = json.dumps(json_schema(), indent=2) + "\n"
    if options.write:
        PUBLISHED.write_text(text, encoding="utf-8", newline="\n")
    else:
        print(text, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
