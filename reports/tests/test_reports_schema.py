"""The published JSON Schema says what the reader accepts."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from poolproof_reports.results import ResultFile
from poolproof_reports.schema import PUBLISHED, json_schema
from reports_samples import hostile, whole_house
from reports_strategies import result_files


def test_the_published_schema_is_up_to_date() -> None:
    """Else: `python -m poolproof_reports schema --write`."""
    assert json.loads(PUBLISHED.read_text(encoding="utf-8")) == json_schema()


@given(result_files())
@settings(max_examples=25)
def test_every_result_satisfies_the_schema(whole: ResultFile) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator(json_schema()).validate(whole.to_json())


def test_the_schema_itself_is_valid_and_refuses_what_the_reader_refuses() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator
    validator.check_schema(json_schema())
    accepts = validator(json_schema()).is_valid
    good = whole_house().to_json()
    assert accepts(good)
    assert accepts(hostile().to_json())
    for wrong in ({"schema": 2}, {"seed": "7"}, {"extra": 1}, {"subjects": [{}]}):
        assert not accepts({**good, **wrong})
