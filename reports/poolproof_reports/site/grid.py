"""The tables of a site: rules by pools, and groups by pools, start methods and systems."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from poolproof_reports.decoding import JsonObject
from poolproof_reports.results import RuleResult
from poolproof_reports.site.collection import Collection, Heading, Seen
from poolproof_reports.summary import Cell, Standing, count, standing
from poolproof_reports.words import system

# One letter a verdict in the browser's copy of the table, the worse the later in the alphabet.
LETTERS = dict(zip(Standing, "abcde", strict=True))
NO_VERDICT = "."


@dataclass(frozen=True, slots=True)
class Line:
    """A rule, and what became of it in each pool, in the order of the collection's pools."""

    heading: Heading
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Sum:
    """A pool under one start method on one system: one cell a rule group, and all of them."""

    system: str
    pool: str
    start_method: str
    profiles: tuple[str, ...]
    cells: tuple[Cell, ...]
    total: Cell


def lines(collection: Collection) -> tuple[Line, ...]:
    """The table rules by pools; a rule judged several times is as good as its worst verdict."""
    return tuple(
        Line(
            heading,
            tuple(
                count(verdict.rule for verdict in collection.of(heading.rule, pool))
                for pool in collection.pools
            ),
        )
        for heading in collection.rules
    )


def groups(collection: Collection) -> tuple[str, ...]:
    """The groups of the rules, in their order."""
    return tuple(dict.fromkeys(heading.group for heading in collection.rules))


def sums(collection: Collection) -> tuple[Sum, ...]:
    """The table groups by pools; a rule counts once, by its worst verdict in a system's cells."""
    found: dict[tuple[str, str, str], list[Seen]] = defaultdict(list)
    for one in collection.seen:
        where = system(one.run.result.run_info)
        found[where, one.subject.pool, one.subject.start_method].append(one)
    systems = list(dict.fromkeys(where for where, _, _ in found))
    keys = sorted(found, key=lambda key: (systems.index(key[0]), collection.pools.index(key[1])))
    return tuple(_sum(collection, *key, found[key]) for key in keys)


def _sum(collection: Collection, where: str, pool: str, method: str, seen: list[Seen]) -> Sum:
    verdicts: dict[str, list[RuleResult]] = defaultdict(list)
    for one in seen:
        for rule in one.subject.rules:
            verdicts[rule.rule].append(rule)
    members: dict[str, list[RuleResult]] = {group: [] for group in groups(collection)}
    for heading in collection.rules:
        if heading.rule in verdicts:
            members[heading.group].append(worst(verdicts[heading.rule]))
    every = [rule for found in members.values() for rule in found]
    profiles = tuple(dict.fromkeys(one.run.result.profile for one in seen))
    return Sum(where, pool, method, profiles, tuple(map(count, members.values())), count(every))


def worst(rules: Iterable[RuleResult]) -> RuleResult:
    """The verdict that counts where a rule was judged several times."""
    return max(rules, key=_letter)


def packed(collection: Collection) -> JsonObject:
    """The table for the browser: lists of names, and for each subject a letter a rule."""
    cells = list(dict.fromkeys(run.cell for run in collection.runs))
    methods = sorted({one.subject.start_method for one in collection.seen})
    versions = sorted({(one.subject.pool, one.subject.version) for one in collection.seen})
    number = {heading.rule: index for index, heading in enumerate(collection.rules)}
    return {
        "cells": cells,
        "methods": methods,
        "versions": [list(version) for version in versions],
        "pools": list(collection.pools),
        "subjects": [
            [
                cells.index(one.run.cell),
                methods.index(one.subject.start_method),
                versions.index((one.subject.pool, one.subject.version)),
                collection.pools.index(one.subject.pool),
                _letters(one, number),
            ]
            for one in collection.seen
        ],
    }


def _letters(one: Seen, number: dict[str, int]) -> str:
    found = [NO_VERDICT] * len(number)
    for rule in one.subject.rules:
        index = number[rule.rule]
        found[index] = max(found[index], _letter(rule))
    return "".join(found)


def _letter(rule: RuleResult) -> str:
    return LETTERS[standing(rule)]
