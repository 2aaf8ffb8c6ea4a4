"""The gate at which workers wait for the stage."""

from __future__ import annotations

import os
import threading

from poolproof.gate import Gate, wait_at


def visit(gate: Gate, key: int) -> threading.Thread:
    thread = threading.Thread(target=wait_at, args=(gate.address, key))
    thread.start()
    return thread


def test_a_visitor_waits_until_it_is_released() -> None:
    with Gate() as gate:
        thread = visit(gate, 7)
        (visitor,) = gate.admit()
        assert (visitor.pid, visitor.key, thread.is_alive()) == (os.getpid(), 7, True)
        visitor.release()
        thread.join(10)
        assert not thread.is_alive()


def test_closing_the_gate_releases_everybody() -> None:
    with Gate() as gate:
        threads = [visit(gate, key) for key in range(3)]
        assert sorted(v.key for v in gate.admit(3)) == [0, 1, 2]
    for thread in threads:
        thread.join(10)
    assert not any(thread.is_alive() for thread in threads)


def test_who_comes_after_the_gate_has_closed_passes() -> None:
    with Gate() as gate:
        address = gate.address
    wait_at(address)


def test_who_was_not_admitted_passes_when_the_gate_closes() -> None:
    with Gate() as gate:
        thread = visit(gate, 0)
    thread.join(10)
    assert not thread.is_alive()
