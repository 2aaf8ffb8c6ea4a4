"""The reference, made of the records that the programs themselves read. Each function: Markdown."""

from __future__ import annotations

import argparse
import inspect
import os
import re
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import forkless
from forkless import pool
from forkless.executor import Executor
from poolproof import catalogue, cli
from poolproof.drivers import capabilities
from poolproof.drivers.resolve import names
from poolproof.profiles import PROFILES
from poolproof.rule import Kind, Rule
from poolproof_matrix.cells import Cell, load_cells
from poolproof_reports.decoding import JsonObject
from poolproof_reports.results import Outcome
from poolproof_reports.schema import json_schema
from sphinx.ext.autodoc.mock import mock

ROOT = Path(__file__).parents[1]


def rules() -> str:
    """Every rule, by group."""
    parts = []
    for group, title in catalogue.GROUPS.items():
        parts.append(f"## {group}: {title}")
        parts += [_rule(rule) for rule in catalogue.rules().values() if rule.group == group]
    return "\n\n".join(parts)


def _rule(rule: Rule) -> str:
    facts = [rule.level.value, "by chance" if rule.stochastic else "", f"[source]({rule.source})"]
    needs = sorted(rule.needs | ({"context"} if rule.kind is Kind.CONTEXT else set()))
    facts.append(f"needs {', '.join(f'`{need}`' for need in needs)}" if needs else "")
    facts.append(f"after {', '.join(rule.after)}" if rule.after else "")
    return "\n\n".join(
        [
            f"### {rule.id}",
            f"**{_plain(rule.title)}**",
            _plain(rule.demands),
            " · ".join(filter(None, facts)),
        ]
    )


def needs() -> str:
    """What a pool can be asked for."""
    return _table(("capability", "is"), capabilities.DESCRIPTIONS.items(), code=True)


def pools() -> str:
    """The pools that are known by name."""
    return _table(("pool", "is"), names().items(), code=True)


def profiles() -> str:
    """How much a run tries."""
    rows = [(p.name, p.purpose) for p in PROFILES.values()]
    return _table(("profile", "is"), rows, code=True)


def outcomes() -> str:
    """What can become of a rule, in the order of the schema."""
    return ", ".join(f"`{outcome.value}`" for outcome in Outcome)


def options() -> str:
    """Every command with its options, as `--help` prints them."""
    os.environ["COLUMNS"] = "86"  # argparse's own way to be told the width
    parts = []
    for name, text in cli.COMMANDS.items():
        parser = argparse.ArgumentParser(f"poolproof {name}", allow_abbrev=False)
        import_module(f"poolproof.cli.{name}").add_options(parser)
        parts.append(f"## poolproof {name}\n\n{text[0].upper()}{text[1:]}.\n\n{_help(parser)}")
    return "\n\n".join(parts)


def _help(parser: argparse.ArgumentParser) -> str:
    inner = [
        choice
        for action in parser._actions
        if isinstance(action, argparse._SubParsersAction)
        for choice in action.choices.values()
    ]
    return "\n\n".join(f"```text\n{each.format_help()}```" for each in [parser, *inner])


def cells() -> str:
    """The matrix."""
    return _table(
        ("cell", "system", "image", "Python", "pools", "profile", "lane"),
        [_cell(cell) for cell in load_cells(ROOT / "matrix" / "cells.toml")],
    )


def _cell(cell: Cell) -> tuple[str, ...]:
    lane = cell.lane if cell.required else f"{cell.lane}, experimental"
    pools = ", ".join(cell.pools)
    return cell.id, cell.system, cell.image, cell.python, pools, cell.profile, lane


def schema() -> str:
    """The parts of a result file."""
    parts = []
    for name, definition in json_schema()["$defs"].items():
        text = f"## {name}\n\n{_plain(definition['description'])}"
        if "enum" in definition:
            values = ", ".join(f"`{value}`" for value in definition["enum"])
            parts.append(f"{text}\n\nOne of {values}.")
        else:
            rows = [(key, _type(value)) for key, value in definition["properties"].items()]
            parts.append(f"{text}\n\n{_table(('key', 'value'), rows, code=True)}")
    return "\n\n".join(parts)


def _type(value: JsonObject) -> str:
    if "anyOf" in value:
        return " or ".join(map(_type, value["anyOf"]))
    if "$ref" in value:
        name = value["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "const" in value:
        return f"`{value['const']}`"
    if value["type"] == "array":
        return f"array of {_type(value['items'])}"
    return str(value["type"])


def api() -> str:
    """What `forkless` has beyond multiprocessing, from its docstrings."""
    with mock(["torch"]):  # some names are for those who have it; the docs can do without
        found = {f"forkless.{name}": getattr(forkless, name) for name in sorted(forkless._HOME)}
    found["forkless.executor.Executor"] = Executor
    return "\n\n".join(_documented(name, value) for name, value in found.items())


def errors() -> str:
    """What can go wrong in a pool."""
    found = [value for value in vars(pool).values() if _is_a(value, pool.PoolError)]
    return "\n\n".join(_documented(f"forkless.pool.{each.__name__}", each) for each in found)


def _is_a(value: object, kind: type) -> bool:
    return isinstance(value, type) and issubclass(value, kind)


def _documented(name: str, value: object) -> str:
    text = f"### {name}\n\n`{name.rpartition('.')[2]}{_signature(value)}`\n\n{_docstring(value)}"
    if not isinstance(value, type) or issubclass(value, BaseException):
        return text
    members = [(key, member) for key, member in vars(value).items() if not key.startswith("_")]
    lines = [f"- `{key}{_signature(m)}`: {_inner(m)}" for key, m in members if callable(m)]
    return "\n".join([text, "", *lines])


def _signature(value: Any) -> str:
    try:
        text = str(inspect.signature(value)).replace("'", "")
    except ValueError:  # an exception of C shows none
        return ""
    return re.sub(r"^\(self(, )?", "(", text)


def _inner(value: object) -> str:
    return _docstring(value).replace("\n", "\n  ")


def _docstring(value: object) -> str:
    """As Markdown: the words `name: what it is` at a line's beginning become a list."""
    text = inspect.getdoc(value) or ""
    return re.sub(r"^(\w+(?:, \w+)*)( \(.*?\))?: (?=\w)", r"- **\1**\2: ", text, flags=re.MULTILINE)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, code: bool = False) -> str:
    lines = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    for first, *rest in rows:
        cells = [f"`{first}`" if code else first, *rest]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)


def _plain(text: str) -> str:
    """`text` as Markdown that says just that."""
    return "".join(f"\\{c}" if c in "\\*_[]<>#" else c for c in " ".join(text.split()))
