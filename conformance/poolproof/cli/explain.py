"""`poolproof explain RULE`."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace

from poolproof_reports.terminal import console
from rich.console import Group
from rich.padding import Padding
from rich.text import Text

from poolproof.catalogue import UnknownRule, rules, select
from poolproof.cli.errors import choice, report
from poolproof.detection import CONFIDENCE, measured
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
    screen = console()
    for rule in found:
        screen.print(_card(rule))
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
        "detection": [
            {
                "saboteur": each.saboteur,
                "runs": each.tries,
                "misses": each.misses,
                "missed_at_most": each.at_most,
                "confidence": CONFIDENCE,
            }
            for each in measured()
            if each.rule == rule.id
        ],
    }


def _card(rule: Rule) -> Group:
    kind = "stochastic" if rule.stochastic else "deterministic"
    facts = [f"{rule.level.value}, {kind}, speaks to a {rule.kind.value}, since {rule.since}"]
    facts += [f"source: {rule.source}"]
    facts += [str(each) for each in measured() if each.rule == rule.id]
    if rule.after:
        facts.append(f"means nothing unless these hold: {', '.join(rule.after)}")
    facts += [f"needs {need}: {DESCRIPTIONS[need]}" for need in sorted(rule.needs)]
    return Group(
        Text(f"{rule.id} {rule.title}", style="bold"),
        _indented(rule.demands),
        _indented("\n".join(facts)),
        _indented("\n".join(["when it fails, look at:", *(f"- {t}" for t in rule.triage)])),
    )


def _indented(text: str) -> Padding:
    return Padding(Text(text), (0, 0, 1, 2))
