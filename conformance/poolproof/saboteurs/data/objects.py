"""Wrong pools for Python's own values and for objects that say how they are pickled."""

from __future__ import annotations

import datetime
from typing import Any

from poolproof.objects_custom import Exporting, Registered, Stateful
from poolproof.saboteurs.data.spoiling import arrives
from poolproof.saboteurs.honest import bad_pool


def _without_surrogates(value: Any) -> Any:
    return _each(value, str, _in_utf_8)


def _in_utf_8(text: str) -> str:
    replaced = text.encode("utf-8", "replace").decode()
    return text if replaced == text else replaced


def _without_fold(value: Any) -> Any:
    moments = (datetime.datetime, datetime.time)
    return _each(value, moments, lambda t: t.replace(fold=0) if t.fold else t)


def _each(value: Any, kind: Any, change: Any) -> Any:
    """The items of a list changed; the list itself when there is nothing to change."""
    if type(value) is not list:
        return value
    changed = [change(item) if isinstance(item, kind) else item for item in value]
    same = all(new is old for new, old in zip(changed, value, strict=True))
    return value if same else changed


def _frozen(value: Any) -> Any:
    if isinstance(value, Exporting):
        value.memory = bytes(value.memory)
    return value


def _state_as_it_was(value: Any) -> Any:
    for item in value if type(value) is list else ():
        if isinstance(item, Stateful):
            item.cache = "warm"
    return value


def _unregistered(value: Any) -> Any:
    for item in value if type(value) is list else ():
        if isinstance(item, Registered):
            item.value = item.value[1]
    return value


SABOTEURS = (
    bad_pool(
        "DATA-33",
        "replaces-lone-surrogates",
        "Characters of text that UTF-8 has no bytes for arrive as question marks.",
        "came as ['builtins.str'",
        arrives(_without_surrogates),
    ),
    bad_pool(
        "DATA-33",
        "forgets-fold",
        "The second of two equal hours, when clocks are set back, arrives as the first.",
        "fold=1",
        arrives(_without_fold),
    ),
    bad_pool(
        "DATA-34",
        "freezes-buffers",
        "Memory that was handed out to pickle arrives read-only.",
        "its read-only is True, expected False",
        arrives(_frozen),
    ),
    bad_pool(
        "DATA-35",
        "copies-objects-by-dict",
        "Objects arrive with the __dict__ they had, whatever their __getstate__ said.",
        "came as ['Stateful'",
        arrives(_state_as_it_was),
    ),
    bad_pool(
        "DATA-35",
        "ignores-copyreg",
        "Objects arrive as if no function were registered for their class.",
        "came as ['Registered'",
        arrives(_unregistered),
    ),
)
