"""`poolproof saboteurs`: show that wrong pools are caught, each by the right rule."""

from __future__ import annotations

import contextlib
import json
from argparse import ArgumentParser, Namespace
from collections import Counter
from fnmatch import fnmatchcase
from pathlib import Path

from poolproof_reports.terminal import console
from poolproof_reports.words import duration, plural
from rich.console import Console
from rich.table import Table
from rich.text import Text

from poolproof import sabotage
from poolproof.catalogue import UnknownRule, find, rules, select
from poolproof.chance import lower_bound
from poolproof.cli import INTERRUPTED
from poolproof.cli.errors import BadInput, choice, report
from poolproof.cli.request import writable_file
from poolproof.cli.run import FAILED
from poolproof.detection import Measured, keep
from poolproof.fates import Fared, Fate, rules_for
from poolproof.saboteurs import saboteurs
from poolproof.saboteurs.record import Saboteur
from poolproof.stage.keeper import Refused

LEAST_RATE = 0.95  # at which a rule of chance must catch its saboteur; other rules always do
_STYLES = {Fate.CAUGHT: "green", Fate.NOT_JUDGED: "dim"}
_EPILOG = """\
examples:
  poolproof saboteurs                                  all, each on its rule and what that rests on
  poolproof saboteurs --rule 'DATA-*' --whole-group    do they pass the rest of their group?
  poolproof saboteurs --saboteur swaps-two-results --json
  poolproof saboteurs --rule 'RACE-*' --repeat 50      how often is each caught?
  poolproof saboteurs --saboteur 'seldom-*' --repeat 299 --record detection.toml

exit codes:
  0  the honest pool passes, and each saboteur is caught by its rule with its message
  1  not so (with --repeat: once, or for a rule of chance in more than 5 % of the repeats)
  2  the command was wrong                   130  stopped by Ctrl-C
"""


def add_options(parser: ArgumentParser) -> None:
    """The options of `poolproof saboteurs`."""
    parser.epilog = _EPILOG
    add = parser.add_argument
    for option, metavar, text in (
        ("--saboteur", "NAME", "a name or pattern (repeatable; default: all that always err)"),
        ("--rule", "RULE", "those of these rules: 'DATA-*' (repeatable)"),
    ):
        add(option, metavar=metavar, action="append", default=[], help=text)
    add("--whole-group", action="store_true", help="judge by all rules of the group")
    add(
        "--repeat",
        type=int,
        default=1,
        metavar="N",
        help="with N seeds; says how often it is caught",
    )
    add("--record", metavar="FILE", type=Path, help="keep how often each was missed, as TOML")
    add("--list", action="store_true", help="list them, and try none")
    add("--json", action="store_true", help="print what became of each as JSON")


def main(options: Namespace) -> int:
    """Run the command; return its exit code."""
    try:
        if options.repeat < 1:
            raise BadInput(f"--repeat {options.repeat}: expected 1 or more")
        names = options.saboteur or (["*"] if options.list else [])
        chosen = _chosen(names, tuple(options.rule))
        if options.record is not None:
            _check_record(options.record)
        return _list(chosen) if options.list else _run(chosen, options)
    except UnknownRule as error:
        return report(choice("rule", str(error), rules(), "see: poolproof run --list rules"))
    except (BadInput, Refused) as error:
        return report(error)


def _chosen(names: list[str], patterns: tuple[str, ...]) -> list[Saboteur]:
    known = saboteurs()
    for name in names:
        if not any(fnmatchcase(s.name, name) for s in known):
            raise choice(
                "saboteur", name, [s.name for s in known], "see: poolproof saboteurs --list"
            )
    wanted = {rule.id for rule in select(patterns)}
    chosen = [s for s in known if s.rule in wanted]
    # Those that err by chance are not found in every run: they want their names, and --repeat.
    if names:
        chosen = [s for s in chosen if any(fnmatchcase(s.name, name) for name in names)]
    else:
        chosen = [s for s in chosen if s.rate == 1.0]
    if not chosen:
        raise BadInput("no saboteur has one of these names and breaks one of these rules")
    return chosen


def _check_record(file: Path) -> None:
    writable_file("--record", file)
    try:
        keep(file, ())
    except (OSError, TypeError, ValueError) as error:
        raise BadInput(f"--record {file}: no figures of detection ({error})") from error


def _list(chosen: list[Saboteur]) -> int:
    for saboteur in chosen:
        print(f"{saboteur.rule:9} {saboteur.name}: {saboteur.fault}")
    return 0


def _run(chosen: list[Saboteur], options: Namespace) -> int:
    screen = console(stderr=options.json)
    members = rules_for(chosen, whole_group=options.whole_group)
    honest = sabotage.try_honest(members)
    said = f"the honest pool breaks {len(honest)} of" if honest else "the honest pool keeps"
    screen.print(f"{said} {plural(len(members), 'rule')}", style="bold red" if honest else "green")
    ends: list[list[Fared]] = []
    with contextlib.suppress(KeyboardInterrupt):  # what is known by then is shown
        for number, saboteur in enumerate(chosen, start=1):
            ends.append(_tries(saboteur, options.whole_group, options.repeat))
            where = Text(f"{number}/{len(chosen)} {saboteur.rule} {saboteur.name}: ")
            screen.print(where.append(_end(ends[-1])), soft_wrap=True)
            judged = ends[-1][0].fate is not Fate.NOT_JUDGED
            if judged and options.record is not None:  # at once: the whole may take hours
                keep(options.record, [_measured(ends[-1])])
    if options.json:
        print(json.dumps({"honest": honest, "saboteurs": [*map(_as_json, ends)]}, indent=1))
    else:
        screen.print(_table(ends))
        _print_troubles(screen, honest, ends)
    if len(ends) < len(chosen):
        return INTERRUPTED
    return 0 if not honest and all(map(_well, ends)) else FAILED


def _tries(saboteur: Saboteur, whole_group: bool, repeat: int) -> list[Fared]:
    """One for each seed; the most common end first."""
    tries = [
        sabotage.try_saboteur(saboteur, whole_group=whole_group, seed=seed)
        for seed in range(repeat)
    ]
    often = Counter(each.fate for each in tries)
    return sorted(tries, key=lambda each: (-often[each.fate], each.fate.value))


def _caught(tries: list[Fared]) -> int:
    return sum(each.fate is Fate.CAUGHT for each in tries)


def _measured(tries: list[Fared]) -> Measured:
    saboteur = tries[0].saboteur
    return Measured(saboteur.rule, saboteur.name, len(tries), len(tries) - _caught(tries))


def _well(tries: list[Fared]) -> bool:
    if tries[0].fate is Fate.NOT_JUDGED:
        return True
    least = LEAST_RATE if find(tries[0].saboteur.rule).stochastic else 1.0
    return _caught(tries) >= least * len(tries)


def _end(tries: list[Fared]) -> Text:
    first = tries[0]
    text = Text(first.fate.value, style=_STYLES.get(first.fate, "bold red"))
    if len(tries) > 1:
        hits, rate = _caught(tries), lower_bound(_caught(tries), len(tries))
        return text.append(f" {hits}/{len(tries)}, rate > {rate:.2f} (95 %)")
    return text


def _table(ends: list[list[Fared]]) -> Table:
    table = Table(title="rules and the pools they must catch", title_justify="left")
    for column in ("rule", "saboteur", "end", "came out", "took"):
        table.add_column(column, overflow="fold", no_wrap=column == "rule")
    for tries in sorted(ends, key=lambda tries: list(rules()).index(tries[0].saboteur.rule)):
        first = tries[0]
        took = duration(sum(each.duration_s for each in tries))
        name = first.saboteur.name
        table.add_row(first.saboteur.rule, name, _end(tries), first.outcome.value, took)
    return table


def _print_troubles(screen: Console, honest: dict[str, str], ends: list[list[Fared]]) -> None:
    for rule, message in honest.items():
        screen.print(Text(f"the honest pool breaks {rule}: {message}"), soft_wrap=True)
    for each in (tries[0] for tries in ends if not _well(tries)):
        said = f"{each.saboteur.name} ({each.saboteur.fault}): {each.fate.value}"
        screen.print(Text(f"{said}, {each.outcome.value}: {each.message[:300]}"), soft_wrap=True)
        if each.fate is Fate.WRONG_MESSAGE:
            screen.print(Text(f"    must say: {each.saboteur.says}"), soft_wrap=True)
        for rule, message in each.broke_more.items():
            screen.print(Text(f"    broke {rule} too: {message[:300]}"), soft_wrap=True)
    well = sum(map(_well, ends))
    total = plural(len(ends), "saboteur")
    screen.print(Text(f"{well} of {total} came to the right end", style="bold"))


def _as_json(tries: list[Fared]) -> dict[str, object]:
    first = tries[0]
    return {
        "saboteur": first.saboteur.name,
        "fault": first.saboteur.fault,
        "rule": first.saboteur.rule,
        "fate": first.fate.value,
        "outcome": first.outcome.value,
        "message": first.message,
        "must_say": first.saboteur.says,
        "broke_more": dict(first.broke_more),
        "tries": len(tries),
        "caught": _caught(tries),
        "rate_lower_bound": lower_bound(_caught(tries), len(tries)),
        "duration_s": sum(each.duration_s for each in tries),
    }
