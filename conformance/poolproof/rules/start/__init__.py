"""START: processes of a context, from start() to their exit code."""

from __future__ import annotations

from poolproof.rule import Rule
from poolproof.rules.start import (
    arguments,
    ending,
    family,
    identity,
    main_module,
    memory,
    objects,
    programs,
    refusals,
    settings,
    streams,
    surroundings,
    system,
)

_MODULES = (
    identity,
    ending,
    surroundings,
    family,
    system,
    streams,
    settings,
    arguments,
    main_module,
    memory,
    objects,
    programs,
    refusals,
)

RULES: tuple[Rule, ...] = tuple(
    sorted((rule for module in _MODULES for rule in module.RULES), key=lambda rule: rule.id)
)
