"""Hypothesis strategies for whole result files, built from the dataclasses themselves."""

from __future__ import annotations

from dataclasses import is_dataclass
from enum import Enum
from typing import Any, get_args, get_origin

from hypothesis import strategies as st
from poolproof_reports.decoding import field_types, is_optional, without_none
from poolproof_reports.results import SCHEMA, ResultFile

# Output of a process that was no UTF-8 comes as lone low surrogates (PEP 383).
LETTERS = st.characters(codec="utf-8") | st.characters(min_codepoint=0xDC80, max_codepoint=0xDCFF)
TEXT = st.text(LETTERS, max_size=12) | st.sampled_from(
    ["RES-02", "<b>", "a|b", "`", "https://a.b/c"]
)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
LEAVES = st.none() | st.booleans() | st.integers() | NUMBERS | TEXT
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=5,
)
SCALARS: dict[Any, st.SearchStrategy[Any]] = {
    bool: st.booleans(),
    str: TEXT,
    int: st.integers(),
    float: NUMBERS,
    Any: JSON,
}


def values(annotation: Any) -> st.SearchStrategy[Any]:
    """Any value of a field with this annotation."""
    if is_optional(annotation):
        return st.none() | values(without_none(annotation))
    if is_dataclass(annotation) and isinstance(annotation, type):
        return records(annotation)
    if get_origin(annotation) is tuple:
        return st.lists(values(get_args(annotation)[0]), max_size=3).map(tuple)
    if get_origin(annotation) is dict:
        return st.dictionaries(TEXT, values(get_args(annotation)[1]), max_size=2)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return st.sampled_from(annotation)
    return SCALARS[annotation]


def records(cls: type, **fixed: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    parts = {name: values(kind) for name, kind in field_types(cls).items()}
    return st.builds(cls, **{**parts, **fixed})


def result_files() -> st.SearchStrategy[ResultFile]:
    return records(ResultFile, schema=st.just(SCHEMA))
