"""Python values as data: every specification builds, and pickle keeps what a portrait tells."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from hypothesis import given, settings
from poolproof import objects, objects_custom
from poolproof.plan import canonical
from poolproof.portraits import difference

quickly = settings(database=None)


@pytest.mark.parametrize("protocol", [4, 5])
@quickly
@given(specs=objects.values())
def test_pickle_keeps_the_portrait_of_every_value(protocol: int, specs: Any) -> None:
    assert canonical({"values": specs})
    values = objects.build_values(specs)
    copied = pickle.loads(pickle.dumps(values, protocol))
    expected = objects.portrait_values(objects.build_values(specs))
    assert objects.portrait_values(copied) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"float": 0x7FF8 << 48}, {"float": (0x7FF8 << 48) + 1}),
        ({"float": 0}, {"float": 1 << 63}),
        ({"int": [1, 64]}, {"int": [-1, 64]}),
        ({"text": [0xD800]}, {"text": [63]}),
        ({"named": "a function"}, {"named": "a builtin"}),
        ({"named": "a member"}, {"named": "a red member"}),
        ({"time": [1, 2, 3, 4, 0, None]}, {"time": [1, 2, 3, 4, 1, None]}),
        ({"time": [1, 2, 3, 4, 0, None]}, {"time": [1, 2, 3, 4, 0, 60]}),
        ({"deque": [[1], None]}, {"deque": [[1], 1]}),
        ({"OrderedDict": ["a", "b"]}, {"OrderedDict": ["b", "a"]}),
        ({"Decimal": "1.0"}, {"Decimal": "1.00"}),
        ({"path": ["a"]}, {"windows path": ["a"]}),
        ({"array": ["i", [1]]}, {"array": ["l", [1]]}),
    ],
)
def test_values_that_differ_have_portraits_that_differ(one: Any, other: Any) -> None:
    portraits = [objects.portrait_values(objects.build_values([spec])) for spec in (one, other)]
    assert portraits[0] != portraits[1]


def test_a_class_of_the_same_name_is_not_the_class() -> None:
    impostor = type("Frozen", (), {"__module__": objects.__name__})
    assert objects.portrait_values([impostor]) != objects.portrait_values([objects.Frozen])


@quickly
@given(objects_custom.custom())
def test_custom_objects_are_rebuilt_alike_however_often_they_are_pickled(specs: Any) -> None:
    built = objects_custom.build_custom(specs)
    once = objects_custom.as_pickled(built)
    portrait = objects_custom.portrait_custom
    assert canonical({"portrait": portrait(once)})
    assert portrait(objects_custom.as_pickled(built)) == portrait(once)
    # A pool may pickle again what it unpickled, on the way through a process of its own.
    assert portrait(objects_custom.as_pickled(once)) == portrait(once)


@pytest.mark.parametrize("name", ["Reduced", "Stateful", "Unset", "Itemwise", "Setter"])
def test_what_pickle_makes_of_an_object_differs_from_a_copy_of_it(name: str) -> None:
    built = objects_custom.build_custom([[name, 7]])
    portrait = objects_custom.portrait_custom
    assert portrait(objects_custom.as_pickled(built)) != portrait(built)


@pytest.mark.parametrize("protocol", [4, 5])
@quickly
@given(spec=objects_custom.buffers((4096,)))
def test_pickle_keeps_whether_memory_can_be_written_to(protocol: int, spec: Any) -> None:
    buffer = objects_custom.build_buffer(spec)
    copied = pickle.loads(pickle.dumps(buffer, protocol))
    told = objects_custom.portrait_buffer(buffer)
    assert difference(objects_custom.portrait_buffer(copied), told) == ""


def test_a_writable_buffer_that_arrives_read_only_is_seen() -> None:
    buffer = objects_custom.Exporting(bytearray(b"abc"))
    frozen: list[pickle.PickleBuffer] = []
    message = pickle.dumps(buffer, 5, buffer_callback=frozen.append)
    copied = pickle.loads(message, buffers=[bytes(part) for part in frozen])
    want = objects_custom.portrait_buffer(buffer)
    assert "read-only" in difference(objects_custom.portrait_buffer(copied), want)
