"""forkless.empty() and share(): one memory for all who are sent the tensor."""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import forkless
import forkless_pool_tasks as pool_tasks
import forkless_shared_tasks as tasks
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch
LIMIT = 120
CONTEXT: Any = forkless.get_context()
PLAIN: Any = multiprocessing.get_context(multiprocessing.get_all_start_methods()[0])
linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """OpenMP's threads do not survive a fork."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def _run(context: Any, target: Any, *args: Any) -> None:
    process = context.Process(target=target, args=args)
    process.start()
    process.join(LIMIT)
    assert process.exitcode == 0


@pytest.mark.parametrize(
    ("size", "shape"),
    [((2, 3), (2, 3)), (((2, 3),), (2, 3)), ((4,), (4,)), ((), ()), ((0, 2), (0, 2))],
)
def test_size_dtype_and_values_are_as_asked(size: Any, shape: Any) -> None:
    for dtype in (torch.uint8, torch.float64, torch.complex64, torch.bool):
        tensor = forkless.empty(*size, dtype=dtype)
        assert (tensor.shape, tensor.dtype) == (torch.Size(shape), dtype)
        assert not tensor.any()
    assert forkless.empty(3).dtype is torch.get_default_dtype()


def test_share_copies_once_and_keeps_what_the_tensor_is() -> None:
    base = torch.arange(6.0).reshape(2, 3)
    for one in (base.t(), base[:, 1:], torch.complex(base, base).conj(), torch.tensor(7)):
        shared = forkless.share(one)
        assert (shared.dtype, shared.shape) == (one.dtype, one.shape)
        assert torch.equal(shared, one)
        assert forkless.share(shared) is shared
    assert forkless.share(base.requires_grad_()).requires_grad
    for refused in (base.detach().to_sparse(), torch.empty(2, device="meta")):
        with pytest.raises(TypeError, match="dense CPU tensors"):
            forkless.share(refused)


@pytest.mark.parametrize("context", [CONTEXT, PLAIN], ids=lambda one: one.get_start_method())
def test_what_a_process_writes_to_its_argument_is_seen(context: Any) -> None:
    tensor = forkless.empty(1000)
    _run(context, tasks.add, tensor[500:], 2)
    assert (tensor[:500].sum(), tensor[500:].sum()) == (0, 1000)


def test_queues_pass_one_on_without_a_copy() -> None:
    there, back = CONTEXT.Queue(), CONTEXT.Queue()
    tensor = forkless.share(torch.ones(10))
    process = PLAIN.Process(target=tasks.pass_on, args=(there, back))
    process.start()
    there.put(tensor)
    received = back.get(timeout=LIMIT)
    received += 1
    there.put(None)
    process.join(LIMIT)
    assert tensor.tolist() == [3.0] * 10
    for queue in (there, back):
        queue.close()
        queue.join_thread()


@pytest.mark.parametrize("size", [10, 1 << 19])
def test_tasks_write_to_one_memory_and_values_stay_values(size: int) -> None:
    shared, own = forkless.empty(size), torch.zeros(size)
    with forkless.Pool(2, mp_context=PLAIN.get_start_method()) as pool:
        # No two of these tasks write to one element: an unlocked += would lose updates.
        parts = [shared[start::6] for start in range(6)]
        pool.starmap(tasks.add, [(tensor, 1) for tensor in [*parts, own]], 1)
        pool.apply(tasks.add, (torch.nn.Parameter(shared, False), 1))
        assert (shared.min(), shared.max(), own.max()) == (2, 2, 0)
        first = pool.apply(tasks.made_here, (size, 5.0))
        first += 1
        sums = pool.map(tasks.kept_sum, range(8), 1)
        assert set(sums) <= {0.0, 6.0 * size}
    assert first.max() == 6  # it outlives its maker


def test_a_task_keeps_its_tensor_and_can_be_repeated(tmp_path: Path) -> None:
    """It is dropped at once behind many others, and two workers are given it."""
    gate = str(tmp_path / "gate")
    with forkless.Pool(1, mp_context=PLAIN.get_start_method()) as pool:
        pool.apply_async(pool_tasks.wait_for, (gate,))
        for _ in range(1000):
            pool.apply_async(tasks.nothing)
        path = str(tmp_path / "died")
        asked = [
            pool.apply_async(tasks.add_and_die_once, (make(), path + make.__name__), retries=1)
            for make in (_shared, _shared_by_torch)
        ]
        gc.collect()
        Path(gate).touch()
        assert [one.get(LIMIT) for one in asked] == [4.0, 4.0]


def _shared() -> Any:
    return forkless.empty(2)


def _shared_by_torch() -> Any:
    return torch.zeros(2).share_memory_()


def test_a_pool_shares_tensors_as_torch_does_where_it_was_asked_to() -> None:
    """Arguments, results, what a function holds, small and large; conj bits are kept."""
    options: Any = {"mp_context": PLAIN.get_start_method(), "initializer": tasks.nothing}
    with forkless.Pool(1, tensors="share", **options) as pool:
        for size in (4, 1 << 19):
            mine, held, streamed = (torch.zeros(size) for _ in range(3))
            pool.apply(tasks.add, (mine[size // 2 :], 1))
            pool.apply_async(tasks.add, (mine,), {"value": 1}).get(LIMIT)
            pool.map(partial(tasks.add, held), range(3), 1)
            list(pool.imap(partial(tasks.add, value=2), [streamed], 1))
            assert (mine[0], mine[-1], held.max(), streamed.max()) == (1, 2, 3, 2)
            theirs = pool.apply(tasks.made_of_torch, (size, 5.0))
            theirs += 1
            assert pool.apply(tasks.last_kept) == (5 if sys.platform == "win32" else 6)
        number = torch.tensor([1 + 2j]).conj()
        assert pool.apply(tasks.same, (number,)).is_conj()
    with forkless.Pool(1, **options) as pool:
        pool.apply(tasks.add, (held, 1))
        assert held.max() == 4  # it lies in shared memory since
        own = torch.zeros(4)
        pool.apply(tasks.add, (own, 1))
        assert own.max() == 0
    with pytest.raises(ValueError, match="tensors must be one of"):
        forkless.Pool(1, tensors="copies")


@linux
def test_memory_ends_with_the_last_tensor_and_descriptors_with_it() -> None:
    before = _memory()
    tensor = forkless.share(torch.ones(1 << 20))
    row = tensor[1:2]
    del tensor
    assert _memory() == before + 1
    del row
    gc.collect()
    assert _memory() == before


def _memory() -> int:
    """Descriptors of shared memory that this process has."""
    count = 0
    for number in os.listdir("/proc/self/fd"):
        try:
            count += "memfd:forkless" in os.readlink(f"/proc/self/fd/{number}")
        except FileNotFoundError:
            continue  # the descriptor that listed the folder
    return count


def test_who_is_killed_takes_no_memory_along() -> None:
    tensor = forkless.share(torch.ones(10))
    ours, theirs = CONTEXT.Pipe()
    process = PLAIN.Process(target=tasks.hold, args=(tensor, theirs))
    process.start()
    assert ours.poll(LIMIT)
    assert ours.recv() == 10
    process.kill()
    process.join(LIMIT)
    assert tensor.sum() == 10
    ours.close()
    theirs.close()


def test_what_the_system_does_not_have_is_an_error_at_once() -> None:
    """Also where the system would rather begin to end processes when it runs out of memory."""
    with pytest.raises(OSError):  # noqa: PT011 - each system has its own
        forkless.empty(1 << 45, dtype=torch.uint8)
