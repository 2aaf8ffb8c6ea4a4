"""The warnings filters of the caller, as they are at ``start()``, in the child.

Guarantees: no module is imported for it: a filter whose category is in a module that the child has
not imported is left out.
"""

from __future__ import annotations

import re
import sys
import warnings
from typing import Any, TypeAlias

# Action, message and its flags, module and qualified name of the category, module, line.
Name: TypeAlias = "tuple[str, str | None, int, str, str, str | None, int]"

# Those of a fresh interpreter: what a spare has beyond them comes from its preload.
_born_with: list[Any] = list(warnings.filters)


def take_down() -> tuple[Name, ...]:
    """The filters of this process, in their order."""
    return tuple(map(_name, warnings.filters))


def take_over(names: tuple[Name, ...]) -> None:
    """Make *names* this process's filters, before those that its preload has added."""
    if names == take_down():
        return
    known = {_name(own): own for own in warnings.filters}
    added = [own for own in warnings.filters if own not in _born_with and _name(own) not in names]
    filters = [known.get(name) or _filter(name) for name in names]
    warnings.resetwarnings()  # tells the interpreter, too, that what it remembers is outdated
    warnings.filters[:] = [*filter(None, filters), *added]  # type: ignore[index]


def _name(entry: Any) -> Name:
    action, message, category, module, line = entry
    flags = getattr(message, "flags", 0)
    place, kind = getattr(category, "__module__", ""), getattr(category, "__qualname__", "")
    return action, _pattern(message), flags, place, kind, _pattern(module), line


def _filter(name: Name) -> Any:
    action, message, flags, place, kind, module, line = name
    found: Any = sys.modules.get(place)
    for part in kind.split("."):
        found = getattr(found, part, None)
    if found is None:
        return None
    return action, _regex(message, flags), found, _regex(module), line


def _pattern(regex: Any) -> str | None:
    # Those that are built in compare with a plain text.
    pattern: str | None = getattr(regex, "pattern", regex)
    return pattern


def _regex(pattern: str | None, flags: int = 0) -> re.Pattern[str] | None:
    return None if pattern is None else re.compile(pattern, flags)
