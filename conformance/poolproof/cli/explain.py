"""`poolproof explain RULE`."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace

from rich.console import Console
from rich.markup import escape

from poolproof.catalogue import UnknownRule, rules, select
from poolproof.cli.errors import choice, report
from poolproof.drivers.capabilities import DESCRIPTIONS
from poolproof.rule import Rule


def add_options(parser: ArgumentParser) -> None:
    """The options of `poolproof explain`."""
    parser.add_argument("rule", metavar="RULE", nargs="+", help="an id or a pattern: 'FAULT-*'")
    parser.add_argument("--json", action="store_true", help="print the records as JSON")


def main(options: Namespace) -> int:
    """Run the command; return its exit code."""
    try:
        found = select(tuple(options.rule))
    except UnknownRule as error:
        return report(choice("rule", str(error), rules(), "see: poolproof run --list rules"))
    if options.json:
        print(json.dumps([record(rule) for rule in found], indent=1))
        return 0
    console = Console(highlight=False)
    for rule in found:
        console.print(_text(rule))
    return 0


def record(rule: Rule) -> dict[str, object]:
    """The rule as JSON."""
    return {
        "id": rule.id,
        "title": rule.title,
        "level": rule.level.value,
        "driver": rule.kind.value,
        "demands": rule.demands,
        "needs": sorted(rule.needs),
        "after": list(rule.after),
        "stochastic": rule.stochastic,
        "source": rule.source,
        "since": rule.since,
        "triage": list(rule.triage),
    }


def _text(rule: Rule) -> str:
    lines = [
        f"[bold]{rule.id}[/bold] {escape(rule.title)}",
        f"  {rule.level.value}, {'stochastic' if rule.stochastic else 'deterministic'}, "
        f"speaks to a {rule.kind.value}, since {rule.since}",
        "",
        f"  {escape(rule.demands)}",
        "",
        f"  source: {rule.source}",
    ]
    if rule.after:
        lines.append(f"  means nothing unless these hold: {', '.join(rule.after)}")
    for need in sorted(rule.needs):
        lines.append(f"  needs {need}: {escape(DESCRIPTIONS[need])}")
    lines += ["  when it fails, look at:", *(f"    - {escape(t)}" for t in rule.triage), ""]
    return "\n".join(lines)
