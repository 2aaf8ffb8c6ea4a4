"""What takes a context takes this one, and what takes a name takes "forkserver" once installed."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import forkless
import forkless_dropin_tasks as tasks
import pytest
from forkless import preload
from test_forkless_process import WITHIN

LONG = 5 * WITHIN  # workers import what they need while others wait
EXPECTED = [(n * n, "ForklessProcess") for n in range(6)]


@pytest.fixture(scope="module", autouse=True)
def _joblibs_tracker() -> None:
    """joblib's resource tracker lives as long as the interpreter: no test leaves it behind."""
    with contextlib.suppress(ImportError):
        tracker = importlib.import_module("joblib.externals.loky.backend.resource_tracker")
        tracker.ensure_running()


@pytest.fixture
def installed() -> Iterator[None]:
    forkless.install()
    yield
    forkless.uninstall()


@pytest.fixture(autouse=True)
def preloads_nothing() -> Iterator[None]:
    """Not even what other tests have imported here."""
    before = preload.chosen()
    forkless.set_preload([])
    yield
    preload.adopt(before)


@pytest.fixture
def loads_torch(preloads_nothing: None) -> None:
    pytest.importorskip("torch")
    forkless.set_preload(["torch"])
    forkless.warm_up(2, wait=True)


def executor(context: Any) -> list[Any]:
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        return list(pool.map(tasks.square, range(6), timeout=LONG))


def joblib(context: Any) -> list[Any]:
    """joblib takes a context object as a backend of its own."""
    package: Any = pytest.importorskip("joblib")
    return list(
        package.Parallel(n_jobs=2, backend=context, timeout=LONG)(
            package.delayed(tasks.square)(n) for n in range(6)
        )
    )


def pebble(context: Any) -> list[Any]:
    package: Any = pytest.importorskip("pebble")
    with package.ProcessPool(2, context=context) as pool:
        return list(pool.map(tasks.square, range(6), timeout=LONG).result())


def pool(context: Any) -> list[Any]:
    with context.Pool(2) as pool:
        return list(pool.map(tasks.square, range(6)))


@pytest.mark.parametrize("kind", [executor, joblib, pebble, pool])
def test_pools_of_others_take_the_context(kind: Callable[[Any], list[Any]]) -> None:
    assert kind(forkless.get_context()) == EXPECTED
    assert forkless.status().server_pid is not None


def test_executor_takes_the_context_that_is_found_by_name(installed: None) -> None:
    import multiprocessing

    found = executor(multiprocessing.get_context("forkserver"))
    assert found == [(value, "ForkserverProcess") for value, _ in EXPECTED]


@pytest.mark.parametrize("persistent", [False, True])
def test_dataloader_takes_the_context(loads_torch: None, persistent: bool) -> None:
    assert loaded(forkless.get_context(), persistent) == [[0.0, 1.0, 4.0, 9.0]] * 2


def test_dataloader_takes_the_name_once_installed(loads_torch: None, installed: None) -> None:
    assert loaded("forkserver", False) == [[0.0, 1.0, 4.0, 9.0]] * 2


def loaded(context: Any, persistent: bool) -> list[list[float]]:
    """Two epochs, in which each worker says whose process it is."""
    torch = importlib.import_module("torch")
    loader = torch.utils.data.DataLoader(
        tasks.Squares(),
        num_workers=2,
        multiprocessing_context=context,
        persistent_workers=persistent,
        worker_init_fn=tasks.expect_forkless,
        timeout=LONG,
    )
    return [[batch.item() for batch in loader] for _ in range(2)]


@pytest.mark.parametrize("start", ["spawn", "start_processes"])
def test_torchs_ways_to_start_processes_start_ours(loads_torch: None, start: str) -> None:
    tensor = importlib.import_module("torch").zeros(3).share_memory_()
    getattr(forkless, start)(tasks.fill, args=(tensor,), nprocs=3)
    assert tensor.tolist() == [1.0, 2.0, 3.0]


def test_torch_start_processes_takes_the_name_once_installed(
    loads_torch: None, installed: None
) -> None:
    torch = importlib.import_module("torch")
    tensor = torch.zeros(2).share_memory_()
    torch.multiprocessing.start_processes(
        tasks.fill, args=(tensor,), nprocs=2, start_method="forkserver"
    )
    assert tensor.tolist() == [1.0, 2.0]


def test_error_in_a_process_of_torch_is_raised_at_its_caller(loads_torch: None) -> None:
    with pytest.raises(forkless.ProcessRaisedException, match="of the child 1"):
        forkless.spawn(tasks.fail, nprocs=2)
