"""`poolproof report`: what `python -m poolproof_reports` does, with what the rules demand."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from poolproof_reports.__main__ import add_commands, execute
from poolproof_reports.descriptions import describe

from poolproof.catalogue import rules
from poolproof.cli.explain import record


def add_options(parser: ArgumentParser) -> None:
    """The subcommands of `poolproof report`."""
    add_commands(parser.add_subparsers(required=True, metavar="REPORT"))


def main(options: Namespace) -> int:
    """Run the command; return its exit code."""
    options.descriptions = describe([record(rule) for rule in rules().values()])
    return execute(options)
