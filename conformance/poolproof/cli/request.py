"""What a `poolproof run` was asked for, checked before anything is judged or written."""

from __future__ import annotations

import secrets
import tempfile
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from poolproof.catalogue import UnknownRule, rules, select
from poolproof.cli.errors import BadInput, choice
from poolproof.drivers.resolve import REFERENCE, names
from poolproof.expectations import Expectation, expectations, read
from poolproof.profiles import PROFILES, Profile
from poolproof.rule import Rule
from poolproof.stage.keeper import Keeper, Refused
from poolproof.target import Target


@dataclass(frozen=True, slots=True)
class Request:
    """A run that can begin."""

    targets: tuple[Target, ...]
    rules: tuple[Rule, ...]
    profile: Profile
    seed: int
    out: Path


def check(options: Namespace) -> Request:
    """Turn options into a request.

    Raises:
        BadInput: something of it cannot be.
    """
    profile = _profile(options.profile)
    selected = _rules(tuple(options.rule))
    out = writable("--out", Path(options.out))
    pools = dict.fromkeys(options.pool or [REFERENCE])
    known = _known(options.expect, len(pools))
    targets = tuple(
        replace(target, known=expectations(target.description.name) if known is None else known)
        for pool in pools
        for target in _targets(pool, tuple(options.start_method))
    )
    return Request(targets, selected, profile, _seed(options.seed, profile), out)


def _profile(name: str) -> Profile:
    if name not in PROFILES:
        raise choice("profile", name, PROFILES)
    return PROFILES[name]


def _rules(patterns: tuple[str, ...]) -> tuple[Rule, ...]:
    try:
        return select(patterns)
    except UnknownRule as error:
        raise choice("rule", str(error), rules(), "see: poolproof run --list rules") from error


def _known(file: str | None, pools: int) -> tuple[Expectation, ...] | None:
    if file is None:
        return None
    if pools != 1:
        raise BadInput(f"--expect {file}: it is one pool's, and {pools} pools are asked for")
    try:
        return read(Path(file))
    except (OSError, ValueError) as error:
        raise BadInput(f"--expect {file}: {error}") from error


def _seed(asked: int | None, profile: Profile) -> int:
    if asked is not None:
        return asked
    return secrets.randbelow(2**32) if profile.seed is None else profile.seed


def writable(option: str, folder: Path) -> Path:
    """`folder`, once it is sure that one of that name can be written; creates nothing.

    Raises:
        BadInput: it cannot.
    """
    path = where = folder.absolute()
    try:
        where = next((p for p in (path, *path.parents) if p.exists()), path)
        if not where.is_file():
            with tempfile.TemporaryFile(dir=where):
                return folder
    except OSError as error:
        raise BadInput(f"{option} {folder}: cannot write in {where} ({error.strerror})") from error
    raise BadInput(f"{option} {folder}: {where} is a file; name a folder to write into")


def writable_file(option: str, file: Path) -> Path:
    """`file`, once it is sure that it can be written; creates nothing.

    Raises:
        BadInput: it cannot.
    """
    writable(option, file.absolute().parent)
    if file.is_dir():
        raise BadInput(f"{option} {file}: is a folder; name a file in it")
    return file


def _targets(pool: str, start_methods: Sequence[str]) -> list[Target]:
    if ":" not in pool and pool not in names():
        raise choice(
            "pool", pool, names(), "or package.module:factory; see: poolproof run --list pools"
        )
    try:
        with Keeper(pool) as keeper:
            described = keeper.describe()
            for method in start_methods:
                if method not in described.start_methods:
                    raise choice(
                        "start method",
                        method,
                        described.start_methods,
                        f"of {pool}, on this system",
                    )
            chosen = tuple(start_methods) or described.start_methods
            keeper.start_method = chosen[0]
            keeper.probe()  # does it open at all? Better said now than after minutes of others
    except Refused as error:
        raise BadInput(str(error)) from error
    return [Target(pool, method, described) for method in dict.fromkeys(chosen)]
