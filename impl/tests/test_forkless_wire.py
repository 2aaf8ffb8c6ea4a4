"""What comes over a link is a message of declared types, or its sender is hung up on: no more."""

from __future__ import annotations

import math
import os
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from multiprocessing import process
from typing import Any

import forkless
import forkless_targets as targets
import pytest
from forkless import client, handoff, messages, wire
from forkless.recipe import OnError, Preload, recipe_for
from hypothesis import example, given, settings
from hypothesis import strategies as st
from test_forkless_process import WITHIN, ask


def _is_finite(message: Any) -> bool:
    numbers = (value for value in vars(message).values() if isinstance(value, float))
    return all(map(math.isfinite, numbers))


# A status is measured by whoever asked for it, not by the server.
st.register_type_strategy(messages.Status, st.builds(messages.Status, memory=st.none()))
all_messages = st.one_of([st.from_type(kind) for kind in wire.KINDS.values()]).filter(_is_finite)
json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
RECIPE = recipe_for(
    handoff.prepare(process.current_process()), Preload(("a",), OnError.WARN), {"TZ": "UTC"}
)
START = messages.Start(RECIPE, {"TZ": "UTC"}, daemon=False)


@settings(deadline=None)
@given(all_messages)
def test_message_arrives_as_it_was_sent(message: Any) -> None:
    arrived = wire.decode(wire.encode(message))
    assert type(arrived) is type(message)
    assert arrived == message


def test_text_that_no_encoding_takes_arrives() -> None:
    """A file name or variable that is not UTF-8 has lone surrogates in Python."""
    message = messages.Start(RECIPE, {"NAME": "\udcff"}, daemon=False)
    assert wire.decode(wire.encode(message)) == message


def test_recipe_that_arrived_finds_the_spares_of_the_one_that_was_sent() -> None:
    arrived = wire.decode(wire.encode(START))
    assert hash(arrived.recipe) == hash(RECIPE)
    assert arrived.recipe.preload.on_error is OnError.WARN


@settings(deadline=None)
@given(st.binary() | json_like.map(lambda value: repr(value).encode("utf8", "replace")))
def test_bytes_are_a_message_or_malformed(data: bytes) -> None:
    try:
        arrived = wire.decode(data)
    except wire.Malformed:
        return
    assert type(arrived) in wire.KINDS.values()


@pytest.mark.parametrize(
    "text",
    [
        '["Start"]',
        '["Start", []]',
        '["Nothing", []]',
        '["SetReserve", [[1, true]]]',
        '["Given", ["12", true]]',
        '["Given", [12, true, 3]]',
        '["Given", {"pid": 12}]',
        '["AwaitWarm", [null, {}, 1, NaN]]',
        "[" * 100_000,
    ],
)
def test_message_of_other_types_than_declared_is_malformed(text: str) -> None:
    with pytest.raises(wire.Malformed, match="is no message"):
        wire.decode(text.encode())


def test_message_that_nobody_would_take_is_an_error_at_its_sender() -> None:
    with pytest.raises(forkless.ForkserverError, match="are the limit"):
        wire.encode(messages.Refused("x" * wire.LIMIT))


@pytest.fixture
def server() -> Iterator[int]:
    """The pid of a server that serves this process before and after the test."""
    assert ask(forkless.get_context(), targets.send, "before") == "before"
    pid = forkless.status().server_pid
    assert pid is not None
    yield pid
    assert ask(forkless.get_context(), targets.send, "after") == "after"
    assert forkless.status().server_pid == pid


def test_start_that_cannot_be_asked_for_costs_no_server(
    server: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression: it was killed, and its spares with it, before a byte was sent."""
    monkeypatch.setattr(wire, "LIMIT", 1000)  # fewer bytes than any environment has
    process = forkless.get_context().Process(target=targets.nothing)
    with pytest.raises(forkless.ForkserverError, match="are the limit"):
        process.start()
    monkeypatch.undo()


def await_hang_up(link: Any) -> None:
    """Read whatever comes, to the end."""
    with suppress(EOFError, OSError):
        while link.poll(WITHIN):
            link.recv_bytes()
        pytest.fail(f"the server is silent for {WITHIN:g} s, and does not hang up")


def test_server_hangs_up_on_a_client_that_raves_and_serves_the_others(server: int) -> None:
    @settings(max_examples=50, deadline=None)
    @given(st.binary(max_size=200).filter(lambda data: not _is_message(data)))
    def rave(data: bytes) -> None:
        with client._client._own_link() as link:
            link.send_bytes(data)
            await_hang_up(link)

    rave()


# What a client may say by right: it changes the server, or keeps a thread of it waiting.
BY_RIGHT = (messages.SetReserve, messages.Warm, messages.AwaitWarm, messages.ShutDown)


def test_server_survives_messages_that_make_no_sense(server: int) -> None:
    @settings(max_examples=50, deadline=None)
    @example(messages.NewLink())  # Ready is no answer to the handles that Windows offers then
    @given(all_messages.filter(lambda message: not isinstance(message, BY_RIGHT)))
    def talk(message: object) -> None:
        with client._client._own_link() as link:
            with suppress(OSError):  # it may have hung up by then
                link.send(message)
                link.send(messages.Ready())
            await_hang_up(link)

    talk()


@pytest.mark.parametrize("field", ["executable", "flags", "environ"])
def test_server_refuses_a_process_that_the_system_cannot_make(server: int, field: str) -> None:
    """Regression: a null byte is a ValueError, and ended the server."""
    recipe, environ = RECIPE, {"A": "b"}
    match field:
        case "executable":
            recipe = replace(RECIPE, executable="no\0name")
        case "flags":
            recipe = replace(RECIPE, flags=("no\0flag",))
        case "environ":
            environ = {"A": "no\0value"}
    with client._client._own_link() as link:
        link.send(messages.Start(recipe, environ, daemon=False))
        assert isinstance(link.recv(), messages.Ordered)
        assert isinstance(link.recv(), messages.Refused)


def test_message_beyond_the_limit_is_refused_before_it_is_read(server: int) -> None:
    with client._client._own_link() as link:
        if sys.platform == "win32":
            with suppress(OSError):  # it may hang up before it has all
                link.send_bytes(bytes(wire.LIMIT + 1))
        else:
            os.write(link.fileno(), struct.pack("!i", wire.LIMIT + 1))  # and nothing more
        await_hang_up(link)


@pytest.mark.skipif(sys.platform == "win32", reason="a pipe of Windows carries whole messages")
@pytest.mark.parametrize("stays", [False, True])
def test_half_a_message_holds_up_nobody(server: int, stays: bool) -> None:
    with client._client._own_link() as link:
        data = wire.encode(START)
        os.write(link.fileno(), struct.pack("!i", len(data)) + data[: len(data) // 2])
        if stays:
            assert ask(forkless.get_context(), targets.send, "meanwhile") == "meanwhile"


def _is_message(data: bytes) -> bool:
    try:
        wire.decode(data)
    except wire.Malformed:
        return False
    return True
