"""Object graphs as data: what is built is what was described, and pickle keeps it."""

from __future__ import annotations

import copy
import pickle
from typing import Any

from hypothesis import given, settings
from poolproof.graphs import build, graphs
from poolproof.plan import canonical
from poolproof.values import describe


@settings(database=None)
@given(graphs())
def test_equal_specifications_build_equal_graphs_that_pickle_keeps(spec: Any) -> None:
    assert canonical({"value": spec})
    value = build(spec)
    assert describe(value) == describe(build(spec))
    assert describe(pickle.loads(pickle.dumps(value))) == describe(value)
    assert describe(copy.deepcopy(value)) == describe(value)


def test_a_reference_to_the_list_it_lies_in_is_a_cycle() -> None:
    value = build({"list": [{"ref": 0}, 7]})
    assert value[0] is value


def test_a_reference_to_a_finished_tuple_is_that_tuple() -> None:
    value = build({"tuple": [{"tuple": [1]}, {"ref": 0}]})
    assert value[0] is value[1] == (1,)


def test_a_reference_before_any_container_is_none() -> None:
    assert build({"tuple": [{"ref": 5}]}) == (None,)


def test_floats_keep_their_sign_and_bytes_their_type() -> None:
    value = build({"list": [{"float": "-0x0.0p+0"}, {"bytearray": "00ff"}, {"set": [1, "a"]}]})
    assert [repr(value[0]), value[1], value[2]] == ["-0.0", bytearray(b"\x00\xff"), {1, "a"}]
