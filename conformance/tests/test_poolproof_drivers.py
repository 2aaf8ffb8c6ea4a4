"""From a name, a path or a factory to a pool that rules can talk to."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.pool import ThreadPool
from typing import Any

import pytest
from poolproof.drivers import builtin
from poolproof.drivers import capabilities as can
from poolproof.drivers.base import OpenOptions, Subject
from poolproof.drivers.factory import BadFactory, subject_from
from poolproof.drivers.proof import Unopened, Untrue, opened_for_proof
from poolproof.drivers.resolve import UnresolvedPool, names, resolve
from poolproof.drivers.wrap import NotAPool, detect, wrap
from poolproof.saboteurs import saboteurs

RAW = [ThreadPool, ThreadPoolExecutor]


@pytest.mark.parametrize("make", RAW)
def test_both_kinds_speak_the_same_words(make: Any) -> None:
    pool = wrap(make(2))
    heard: list[object] = []
    try:
        assert pool.submit(pow, 2, 5).get() == 32
        assert pool.map(abs, [-1, -2]) == [1, 2]
        pool.submit(abs, -3, callback=heard.append).get()
        failing = pool.submit(int, "x", error_callback=heard.append)
        with pytest.raises(ValueError, match="invalid literal"):
            failing.get()
        assert failing.done()
    finally:
        pool.close()
    assert heard[0] == 3
    assert isinstance(heard[1], ValueError)


@pytest.mark.parametrize("make", RAW)
def test_a_late_result_is_the_builtin_timeout_and_can_be_had_later(make: Any) -> None:
    import threading

    held = threading.Event()
    pool = wrap(make(1))
    try:
        pending = pool.submit(held.wait, 60)
        with pytest.raises(TimeoutError, match=r"0\.01 s"):
            pending.get(0.01)
        held.set()
        assert pending.get() is True
    finally:
        held.set()
        pool.close()


@pytest.mark.parametrize("make", RAW)
def test_a_tasks_own_timeout_error_is_not_taken_for_a_late_result(make: Any) -> None:
    pool = wrap(make(1))
    try:
        with pytest.raises(TimeoutError, match="of the task"):
            pool.submit(_raise_timeout).get(30)
    finally:
        pool.close()


def _raise_timeout() -> None:
    raise TimeoutError("of the task")


def test_what_an_object_can_is_seen_from_its_methods() -> None:
    with ThreadPool(1) as pool:
        assert {can.STARMAP, can.IMAP, can.TERMINATE, can.CALLBACKS, can.WITH} <= detect(wrap(pool))
    with ThreadPoolExecutor(1) as executor:
        assert detect(wrap(executor)) == {can.CALLBACKS, can.WITH}


@pytest.mark.parametrize("thing", [None, 7, [], object()])
def test_what_is_no_pool_is_refused_with_what_was_expected(thing: object) -> None:
    with pytest.raises(NotAPool, match=r"expected apply_async\(\) and map\(\)"):
        wrap(thing)


def _options(**more: Any) -> OpenOptions:
    return OpenOptions(3, "spawn", **more)


def test_a_factory_gets_what_its_signature_names() -> None:
    seen: dict[str, Any] = {}

    def factory(
        max_workers: int, mp_context: Any, initializer: Any = None, initargs: Any = ()
    ) -> None:
        seen.update(locals())

    subject = subject_from(factory, "mine")
    subject.open(_options(initializer=print, initargs=(1,)))
    assert (seen["max_workers"], seen["initializer"], seen["initargs"]) == (3, print, (1,))
    assert seen["mp_context"].get_start_method() == "spawn"
    assert can.INITIALIZER in subject.declares
    assert can.RECYCLING not in subject.declares


def test_a_factory_without_start_method_has_one_default() -> None:
    subject = subject_from(lambda n: n, "mine")
    assert subject.start_methods == ("default",)
    assert subject.open(_options()) == 3


def test_a_factory_says_more_by_attributes() -> None:
    def factory(workers: int, start_method: str) -> tuple[int, str]:
        return workers, start_method

    factory.start_methods = ("spawn", "mine")  # type: ignore[attr-defined]
    factory.denies = {can.PROCESSES}  # type: ignore[attr-defined]
    factory.version = "1.2"  # type: ignore[attr-defined]
    subject = subject_from(factory, "mine")
    assert subject.start_methods == ("spawn", "mine")
    assert subject.denies == {can.PROCESSES}
    assert subject.version == "1.2"
    assert subject.open(_options()) == (3, "spawn")


def test_a_factory_that_takes_no_workers_is_refused() -> None:
    with pytest.raises(BadFactory, match="takes no number of workers"):
        subject_from(lambda: None, "mine")


def test_names_and_paths_resolve_to_subjects() -> None:
    assert resolve("multiprocessing").start_methods
    assert resolve("concurrent.futures:ThreadPoolExecutor").name.startswith("concurrent.futures:")
    assert isinstance(resolve("poolproof_selftest_pools:threads"), Subject)
    assert {"forkless", "multiprocessing", "torch", "loky"} <= names().keys()


@pytest.mark.parametrize("spec", ["nonsense", "no_such_module:x", "os:no_such", "os:name"])
def test_what_does_not_resolve_says_why(spec: str) -> None:
    with pytest.raises(UnresolvedPool, match=spec.split(":")[0]):
        resolve(spec)


def _subject(open_: Any, *declares: str) -> Subject:
    return Subject("mine", open_, ("threads",), declares=frozenset(declares))


def _threads(o: OpenOptions) -> ThreadPool:
    return ThreadPool(o.workers, o.initializer, o.initargs)


class _WithoutCallbacks:
    """A pool that takes no callbacks."""

    def __init__(self, o: OpenOptions) -> None:
        self._pool = ThreadPool(o.workers)
        self.map, self.close, self.join = self._pool.map, self._pool.close, self._pool.join

    def apply_async(self, fn: Any, args: Any = (), kwds: Any = None) -> Any:
        return self._pool.apply_async(fn, args, kwds or {})


def _prove(subject: Subject) -> None:
    with opened_for_proof(subject, "threads") as proof:
        proof.check((detect(proof.pool) | subject.declares) - subject.denies)


def test_a_true_declaration_is_proved() -> None:
    _prove(_subject(_threads, can.INITIALIZER))


@pytest.mark.parametrize(
    ("subject", "says"),
    [
        (_subject(_threads, can.PROCESSES), "declares processes, but its tasks run in the caller"),
        (_subject(lambda o: ThreadPool(o.workers), can.INITIALIZER), "no worker has run it"),
        (_subject(_WithoutCallbacks), "declares callbacks, but submitting does not take them"),
        (
            _subject(lambda o: _without_recycling(o.workers, **_recycling(o)), can.RECYCLING),
            "declares recycling, but it does not open with it",
        ),
    ],
)
def test_a_driver_that_declares_too_much_is_refused(subject: Subject, says: str) -> None:
    with pytest.raises(Untrue, match=f"{says}.*say so with `denies"):
        _prove(subject)


def _recycling(o: OpenOptions) -> dict[str, Any]:
    return {} if o.max_tasks is None else {"maxtasksperchild": o.max_tasks}


def _without_recycling(workers: int) -> ThreadPool:
    return ThreadPool(workers)


def test_a_pool_that_does_not_open_at_all_is_no_lie() -> None:
    def fails(o: OpenOptions) -> None:
        raise OSError("no more tea")

    with pytest.raises(Unopened, match="OSError: no more tea"):
        _prove(_subject(fails, can.INITIALIZER, can.RECYCLING))


MAKES = """
import json, sys
from poolproof.drivers import builtin
try:
    it = builtin.make(sys.argv[1])
except ImportError:
    sys.exit("not installed")
words = sorted(it.declares | it.denies)
print(json.dumps([it.name, it.version, it.start_methods, words]))
"""


@pytest.mark.parametrize("name", builtin.known())
def test_a_known_pool_that_is_installed_declares_capabilities_with_words(name: str) -> None:
    # In a process of its own: distributed changes how every exception of this one is pickled.
    done = subprocess.run(
        [sys.executable, "-c", MAKES, name], capture_output=True, text=True, timeout=120
    )
    if "not installed" in done.stderr:
        pytest.skip(f"{name} is not here; `tox -e findings` has all that this Python can have")
    given, version, start_methods, words = json.loads(done.stdout)
    assert given == name
    assert version
    assert start_methods
    assert set(words) <= can.DESCRIPTIONS.keys()


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python has interpreter pools")
def test_a_pool_that_this_python_does_not_have_is_refused_clearly() -> None:
    with pytest.raises(UnresolvedPool, match=r"interpreters.*new in Python 3\.14"):
        resolve("interpreters")


def test_every_saboteur_can_be_named_on_the_command_line() -> None:
    for saboteur in saboteurs():
        spec = f"poolproof.saboteurs:{saboteur.name.replace('-', '_')}"
        assert resolve(spec) is saboteur.subject
