"""The result file's JSON Schema (draft 2020-12), generated from the dataclasses that read it."""

from __future__ import annotations

from dataclasses import is_dataclass
from enum import Enum
from inspect import getdoc
from pathlib import Path
from typing import Any, get_args, get_origin

from poolproof_reports.decoding import JsonObject, field_types, is_optional, required, without_none
from poolproof_reports.results import SCHEMA, ResultFile

PUBLISHED = Path(__file__).parent / "schema" / f"result-{SCHEMA}.json"

_SCALARS = {bool: "boolean", str: "string", int: "integer", float: "number"}


def json_schema() -> JsonObject:
    """The schema that every file written by `results.save` satisfies."""
    definitions: JsonObject = {}
    _define(ResultFile, definitions)
    definitions["ResultFile"]["properties"]["schema"] = {"const": SCHEMA}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"poolproof result file, version {SCHEMA}",
        "$ref": "#/$defs/ResultFile",
        "$defs": definitions,
    }


def _define(cls: type[Any], definitions: JsonObject) -> JsonObject:
    if cls.__name__ not in definitions:
        definitions[cls.__name__] = {}  # claimed first: its place in the file, before its parts
        describe = _enum if issubclass(cls, Enum) else _record
        definitions[cls.__name__] = describe(cls, definitions)
    return {"$ref": f"#/$defs/{cls.__name__}"}


def _enum(cls: type[Enum], _: JsonObject) -> JsonObject:
    return {"description": getdoc(cls), "enum": [member.value for member in cls]}


def _record(cls: type, definitions: JsonObject) -> JsonObject:
    kinds = field_types(cls)
    return {
        "description": getdoc(cls),
        "type": "object",
        "properties": {name: _describe(kind, definitions) for name, kind in kinds.items()},
        "required": list(required(cls)),
        "additionalProperties": False,
    }


def _describe(kind: Any, definitions: JsonObject) -> JsonObject:
    if is_optional(kind):
        return {"anyOf": [_describe(without_none(kind), definitions), {"type": "null"}]}
    if get_origin(kind) is tuple:
        return {"type": "array", "items": _describe(get_args(kind)[0], definitions)}
    if get_origin(kind) is dict:
        item = get_args(kind)[1]
        values = True if item is Any else _describe(item, definitions)
        return {"type": "object", "additionalProperties": values}
    if is_dataclass(kind) or issubclass(kind, Enum):
        return _define(kind, definitions)
    return {"type": _SCALARS[kind]}
