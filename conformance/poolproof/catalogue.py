"""All rules, by id."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache
from importlib import import_module

from poolproof.gather import gather
from poolproof.rule import Rule

GROUPS = {
    "RES": "result equality",
    "DATA": "data integrity",
    "RACE": "race-freedom",
    "FAULT": "behaviour under faults",
    "LIFE": "life cycle and leaks",
    "START": "starting processes",
    "SHM": "shared memory",
}


class UnknownRule(LookupError):
    """No rule has this id, or none matches this pattern."""


@cache
def rules() -> dict[str, Rule]:
    """Every rule, in the order of groups and numbers."""
    found = [rule for group in GROUPS for rule in _of_group(group)]
    catalogue = {rule.id: rule for rule in found}
    if len(catalogue) != len(found):
        raise AssertionError("two rules share an id")
    return catalogue


def _of_group(group: str) -> list[Rule]:
    """Its rules, by their numbers, which outlive the modules they lie in."""
    package = import_module(f"poolproof.rules.{group.lower()}")
    return sorted(gather(package.__name__, package.__path__, "RULES"), key=lambda rule: rule.id)


def find(rule_id: str) -> Rule:
    """The rule of this id; a rule of your own is found as "package.module:NAME", its id too.

    Raises:
        UnknownRule: there is none.
    """
    if ":" in rule_id:
        return _own(rule_id)
    try:
        return rules()[rule_id]
    except KeyError:
        raise UnknownRule(rule_id) from None


def _own(path: str) -> Rule:
    module, _, name = path.partition(":")
    try:
        found = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise UnknownRule(path) from error
    if not isinstance(found, Rule):
        raise UnknownRule(path)
    return found


def select(patterns: tuple[str, ...]) -> tuple[Rule, ...]:
    """Rules that any of the patterns names, in the order of the catalogue; all for no pattern.

    A pattern is an id ("RES-02"), a shell pattern ("DATA-*"), or "package.module:NAME".

    Raises:
        UnknownRule: a pattern matches nothing.
    """
    own = [find(p) for p in patterns if ":" in p]
    wanted = [p.upper() for p in patterns if ":" not in p]
    for pattern in wanted:
        if not any(fnmatchcase(rule_id, pattern) for rule_id in rules()):
            raise UnknownRule(pattern)
    if not patterns:
        wanted = ["*"]
    return (*(r for r in rules().values() if any(fnmatchcase(r.id, p) for p in wanted)), *own)
