"""Tensors through the pool: values, bit for bit, with every property."""

from __future__ import annotations

import multiprocessing
import struct
from collections.abc import Iterator
from typing import Any

import forkless_pool_tasks as tasks
import pytest
from forkless._pool import codec
from forkless.pool import Pool, ResultNotPicklable

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch
LIMIT = 120

DTYPES = [
    torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.bool, torch.float16,
    torch.bfloat16, torch.float32, torch.float64, torch.complex64, torch.complex128,
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _few_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def pool() -> Iterator[Pool]:
    with Pool(1, mp_context=multiprocessing.get_all_start_methods()[0]) as one:
        yield one


def _bits(tensor: Any) -> Any:
    """The bytes of the values as they lie in memory, without the lazy conj and neg bits."""
    plain = tensor
    if plain.is_conj():
        plain = plain.conj()
    if plain.is_neg():
        plain = torch._neg_view(plain)
    return plain.contiguous().reshape(-1).view(torch.uint8).tolist()


def _same(a: Any, b: Any) -> None:
    assert type(a) is type(b)
    assert (a.dtype, a.shape, a.stride(), a.is_conj(), a.is_neg(), a.requires_grad) == (
        b.dtype, b.shape, b.stride(), b.is_conj(), b.is_neg(), b.requires_grad,
    )  # fmt: skip
    assert _bits(a.detach()) == _bits(b.detach())


def _views(dtype: Any) -> list[Any]:
    base = torch.arange(24).reshape(2, 3, 4).to(dtype)
    views = [
        base, base.transpose(0, 2), base[:, ::2], base[1:, 1:, 1:], base[0, 0, 0],
        base[:0], base[:, :1].expand(2, 5, 4), torch.empty((), dtype=dtype).fill_(1),
    ]  # fmt: skip
    if dtype.is_complex:
        views += [base.conj(), base.conj().imag, base.transpose(0, 1).conj(), base.real]
    return views


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_dense_tensors_survive_the_codec_bit_for_bit(dtype: Any) -> None:
    for view in _views(dtype):
        _same(codec.loads(codec.dumps(view)), view)


def test_lazy_bits_and_strides_survive_both_ways(pool: Pool) -> None:
    z = torch.tensor([1 + 2j, 3 - 4j, 5j])
    for tensor in (z.conj(), z.conj().imag, z[::2], z.conj()[1:]):
        conj, neg, strides, _, values = pool.apply(tasks.describe_tensor, (tensor,))
        assert (conj, neg, strides) == (tensor.is_conj(), tensor.is_neg(), tensor.stride())
        assert values == tensor.tolist()
        _same(pool.apply(tasks.identity, (tensor,)), tensor)


def test_nan_payloads_and_signed_zeros_survive(pool: Pool) -> None:
    words = [0x7FC00001, 0x7F800001, 0xFFC12345 - (1 << 32), -(1 << 31), 1, 0x007FFFFF]
    tensor = torch.tensor(words, dtype=torch.int32).view(torch.float32)
    assert pool.apply(tasks.identity, (tensor,)).view(torch.int32).tolist() == words
    assert struct.pack("<f", float(tensor[3])) == b"\0\0\0\x80"


def test_views_of_one_storage_share_one_afterwards(pool: Pool) -> None:
    base = torch.zeros(10)
    assert pool.apply(tasks.share_storage, ([base, base[2:5]],))
    assert base.sum() == 0
    first, second = pool.apply(tasks.identity, ([base, base[2:5]],))
    first.fill_(3)
    assert second.tolist() == [3, 3, 3]
    mixed = codec.loads(codec.dumps((base.view(torch.uint8)[3:5], base[1:3])))
    assert mixed[0].untyped_storage()._cdata == mixed[1].untyped_storage()._cdata
    assert (mixed[0].shape, mixed[1].tolist()) == ((2,), [0, 0])


def test_a_view_that_travels_alone_sends_what_it_reaches(pool: Pool) -> None:
    big = torch.arange(1 << 18)
    assert len(codec.dumps(big[1000:1010])) < 1000
    storage_bytes = pool.apply(tasks.describe_tensor, (big[1000:1010],))[3]
    assert storage_bytes <= 10 * 8 + 16


def test_arguments_are_values(pool: Pool) -> None:
    mine = torch.zeros(3)
    theirs = pool.apply(tasks.fill, (mine, 5.0))
    assert (mine.tolist(), theirs.tolist()) == ([0] * 3, [5] * 3)


def test_what_is_shared_on_purpose_is_shared(pool: Pool) -> None:
    mine = torch.zeros(3).share_memory_()
    pool.apply(tasks.fill, (mine, 5.0))
    assert mine.tolist() == [5] * 3


def test_grad_parameters_and_attributes_survive(pool: Pool) -> None:
    leaf = torch.ones(3, requires_grad=True)
    parameter = torch.nn.Parameter(torch.ones(2), requires_grad=False)
    parameter.note = "kept"  # type: ignore[attr-defined]
    for tensor in (leaf, parameter):
        _same(pool.apply(tasks.identity, (tensor,)), tensor)
    assert pool.apply(tasks.identity, (parameter,)).note == "kept"
    state = torch.nn.Linear(2, 2).state_dict()
    back = pool.apply(tasks.identity, (state,))
    assert {name: value.tolist() for name, value in back.items()} == {
        name: value.tolist() for name, value in state.items()
    }


def test_a_computed_tensor_is_refused_at_the_caller(pool: Pool) -> None:
    computed = torch.ones(2, requires_grad=True) * 2
    with pytest.raises(ValueError, match="detach"):
        pool.apply(tasks.identity, (computed,))
    with pytest.raises(ResultNotPicklable, match="detach"):
        pool.apply(tasks.non_leaf)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_other_layouts_travel_by_value() -> None:
    dense = torch.tensor([[0.0, 1.0], [2.0, 0.0]])
    for sparse in (dense.to_sparse(), dense.to_sparse_csr(), dense.to_sparse_csc()):
        back = codec.loads(codec.dumps(sparse))
        assert back.layout == sparse.layout
        assert back.to_dense().tolist() == dense.tolist()
    meta = torch.empty(2, 3, device="meta")
    back = codec.loads(codec.dumps(meta))
    assert (back.device.type, back.shape) == ("meta", (2, 3))
    nested = torch.nested.nested_tensor([torch.ones(1), torch.ones(2)])
    assert [t.tolist() for t in codec.loads(codec.dumps(nested)).unbind()] == [[1], [1, 1]]


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
def test_quantized_tensors_and_storages_travel_by_value() -> None:
    quantized = torch.quantize_per_tensor(torch.tensor([0.5, 1.0]), 0.5, 1, torch.quint8)
    back = codec.loads(codec.dumps(quantized))
    assert (back.q_scale(), back.int_repr().tolist()) == (0.5, quantized.int_repr().tolist())
    storage = torch.arange(3).untyped_storage()
    assert list(codec.loads(codec.dumps(storage))) == list(storage)
    typed = torch.arange(3).storage()
    assert list(codec.loads(codec.dumps(typed))) == [0, 1, 2]


def test_a_received_tensor_can_be_resized_and_keeps_no_message_alive() -> None:
    small, big = torch.ones(2), torch.zeros(1 << 16)
    received = codec.loads(codec.dumps((small, big)))[0]
    assert received.resize_(1000).shape == (1000,)
    assert received[:2].tolist() == [1, 1]


def test_later_writes_change_nothing() -> None:
    tensor = torch.zeros(3)
    message = codec.dumps(tensor)
    tensor.fill_(1)
    assert codec.loads(message).tolist() == [0] * 3
