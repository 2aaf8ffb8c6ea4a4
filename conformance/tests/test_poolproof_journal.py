"""A journal keeps whole events of every process, dead ones included."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from poolproof import journal
from poolproof.history import Event, Kind

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(JSON_VALUES, max_size=20))
def test_what_is_recorded_is_read_back_in_order(
    tmp_path_factory: pytest.TempPathFactory, values: list[object]
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    for number, value in enumerate(values):
        journal.record(str(folder), Kind.INFO, "value", number, value)
    journal.release()
    assert [(e.key, e.value) for e in journal.read(folder)] == list(enumerate(values))


def test_events_of_a_process_that_died_at_once_are_kept(tmp_path: Path) -> None:
    code = (
        "import os; from poolproof import journal; from poolproof.history import Kind\n"
        f"journal.record({str(tmp_path)!r}, Kind.OK, 'task', 1); os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 9
    (event,) = journal.read(tmp_path)
    assert (event.op, event.key, event.kind) == ("task", 1, Kind.OK)


def test_a_torn_event_is_not_read(tmp_path: Path) -> None:
    writer = journal.Journal(tmp_path)
    writer.append(Event(1, 2, Kind.OK, "whole"))
    writer._map[writer._end : writer._end + 9] = b'[3,4,"ok"'  # killed before the length was stored
    writer.close()
    assert [e.op for e in journal.read(tmp_path)] == ["whole"]


def test_a_journal_that_is_full_says_so_and_keeps_what_it_has(tmp_path: Path) -> None:
    writer = journal.Journal(tmp_path, capacity=200)
    writer.append(Event(1, 2, Kind.OK, "first"))
    with pytest.raises(journal.JournalFull, match="200 bytes"):
        writer.append(Event(1, 2, Kind.OK, "x" * 200))
    writer.close()
    assert [e.op for e in journal.read(tmp_path)] == ["first"]


def test_list_keys_come_back_hashable(tmp_path: Path) -> None:
    journal.record(str(tmp_path), Kind.OK, "task", ["a", [1, 2]], "v")
    journal.release()
    assert journal.read(tmp_path).ok("task") == {("a", (1, 2)): "v"}
