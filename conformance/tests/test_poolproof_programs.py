"""Programs: pure data, an outcome for each, the same one every time."""

from __future__ import annotations

import json
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from poolproof import programs
from poolproof.graphs import scalars


@settings(max_examples=200, database=None)
@given(program=programs.programs())
def test_a_program_is_json_and_its_outcome_survives_a_pickle(program: object) -> None:
    assert json.loads(json.dumps(program)) == program
    outcome = programs.try_out(program)
    shown = programs.show(outcome)
    assert programs.show(programs.try_out(program)) == shown
    assert programs.show(pickle.loads(pickle.dumps(outcome))) == shown


@given(program=scalars(), carrier=st.sampled_from(sorted(programs.CARRIERS)))
def test_each_carrier_survives_a_pickle_and_gives_the_same(program: object, carrier: str) -> None:
    carried = pickle.loads(pickle.dumps(programs.CARRIERS[carrier](program)))
    function, arguments, keywords = carried
    assert programs.show(function(*arguments, **keywords)) == programs.show(programs.run(program))


@pytest.mark.parametrize(
    ("program", "outcome"),
    [
        (["call", "divide", ["fraction", 1, 3], 2], ["value", {"Fraction": "Fraction(1, 6)"}]),
        (["partial", "subtract", [1], [3]], ["value", -2]),
        (["call", "item", ["dict", "a", "b"], 1], ["value", "b"]),
        (["call", "times", "text", 9], ["error", {"type": "builtins.TypeError"}]),
        (["list", 1, ["raise", "KeyError", 5]], ["error", {"type": "builtins.KeyError"}]),
        (["call", "later", ["date", 2024, 2, 28], 2], ["value", None]),
    ],
)
def test_programs_end_as_they_are_written(program: object, outcome: list[object]) -> None:
    kind, shown = programs.show(programs.try_out(program))
    assert kind == outcome[0]
    if kind == "error":
        assert shown["type"] == outcome[1]["type"]
    elif outcome[1] is not None:
        assert shown == outcome[1]
    else:
        assert shown == {"date": "datetime.date(2024, 3, 1)"}
