"""Edits a file of expectations entry by entry, and leaves every other character as it was.

tomlkit keeps comments, but hangs one that stands before an entry on the entry before it, with
which it would go. So the file is cut into its entries first, and only the entry in question is
parsed.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path

import tomlkit
from tomlkit.exceptions import TOMLKitError

from poolproof.expectations import Expectation, expectation

_HEADER = "[[expect]]"


@dataclass(slots=True)
class Ledger:
    """The text of a file: what stands before the first entry, and an entry each."""

    name: str
    head: str
    blocks: list[str]

    @property
    def entries(self) -> tuple[Expectation, ...]:
        """What the file says now, without what it inherits."""
        return tuple(expectation(_table(block).unwrap(), self.name) for block in self.blocks)

    @property
    def inherits(self) -> str:
        """The pool whose file this one adds to, or ""."""
        return str(tomlkit.parse(self.head).unwrap().get("inherits", ""))

    @property
    def text(self) -> str:
        """The file."""
        parts = [part.strip("\n") for part in (self.head, *self.blocks)]
        return "\n\n".join(filter(None, parts)) + "\n"

    def rewrite(self, number: int, entry: Expectation) -> None:
        """Make entry `number` say what `entry` says; comments in it stay."""
        document = tomlkit.parse(self.blocks[number])
        table = document["expect"][0]
        for key, value in _values(entry).items():
            if value is None:
                table.pop(key, None)
            elif table.get(key) != value:
                table[key] = value
        self.blocks[number] = tomlkit.dumps(document)

    def add(self, entry: Expectation) -> None:
        """Add an entry, after those that come before it in the order of rules."""
        table = tomlkit.table()
        table.update({k: v for k, v in _values(entry).items() if v is not None})
        array = tomlkit.aot()
        array.append(table)
        document = tomlkit.document()
        document["expect"] = array
        self.blocks.insert(self._place(entry.rule), tomlkit.dumps(document))

    def remove(self, number: int) -> None:
        """Remove entry `number`, with the comments that stand right before it."""
        del self.blocks[number]

    def _place(self, rule: str) -> int:
        group = rule.partition("-")[0]
        rules = [entry.rule for entry in self.entries]
        after = [n for n, r in enumerate(rules) if r.partition("-")[0] == group and r <= rule]
        before = [n for n, r in enumerate(rules) if r.partition("-")[0] == group]
        if after:
            return after[-1] + 1
        return before[0] if before else len(rules)


def read(path: Path) -> Ledger:
    """Cut a file into its entries; a file that is not there is empty.

    Raises:
        ValueError: it is no file of expectations, or writes them in a way that cannot be cut.
        OSError: it cannot be read.
    """
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    head, *blocks = _cut(text)
    ledger = Ledger(path.name, head, blocks)
    try:
        whole = tomlkit.parse(text).unwrap().get("expect", [])
        if [_table(block).unwrap() for block in blocks] != whole:
            raise ValueError("its entries are not written one by one, each under [[expect]]")
    except (TOMLKitError, ValueError) as error:
        raise ValueError(f"{path.name}: {error}") from error
    return ledger


def _cut(text: str) -> list[str]:
    """What stands before the first entry, then each entry with the comments right above it."""
    lines = text.splitlines(keepends=True)
    starts = []
    for number, line in enumerate(lines):
        if line.startswith(_HEADER):
            while number > 0 and lines[number - 1].startswith("#"):
                number -= 1
            starts.append(number)
    return ["".join(lines[a:b]) for a, b in pairwise([0, *starts, len(lines)])]


def _table(block: str) -> tomlkit.items.Table:
    (table,) = tomlkit.parse(block)["expect"]
    found: tomlkit.items.Table = table
    return found


def _values(entry: Expectation) -> dict[str, object]:
    """The keys of an entry in the order of the file; None where it does not mention one."""
    said: dict[str, object] = {}
    for field in fields(entry):
        value = getattr(entry, field.name)
        said[field.name] = list(value) if isinstance(value, tuple) else value
        if value in ("", ()):
            said[field.name] = None
    said["outcomes"] = [outcome.value for outcome in entry.outcomes]
    return said
