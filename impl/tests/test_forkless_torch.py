"""torch programs: tensors as arguments, and a DataLoader by context."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import forkless
import pytest
from test_forkless_installation import program, run
from test_forkless_process import WITHIN

torch = pytest.importorskip("torch")


class Squares:
    """A dataset; it must be found by name in the workers."""

    def __len__(self) -> int:
        return 8

    def __getitem__(self, place: int) -> Any:
        return torch.tensor([float(place) ** 2])


def fill(tensor: Any, value: float) -> None:
    tensor.fill_(value)


def test_shared_tensor_is_written_by_the_child() -> None:
    tensor = torch.zeros(1000).share_memory_()
    process = forkless.get_context().Process(target=fill, args=(tensor, 4.5))
    process.start()
    process.join(WITHIN)
    assert process.exitcode == 0
    assert torch.equal(tensor, torch.full((1000,), 4.5))


def test_dataloader_takes_the_context_for_epoch_after_epoch() -> None:
    loader = torch.utils.data.DataLoader(
        Squares(), batch_size=4, num_workers=2, multiprocessing_context=forkless.get_context()
    )
    for _ in range(2):
        batches = list(loader)
        assert torch.equal(torch.cat(batches).flatten(), torch.arange(8.0) ** 2)


LOADER = """
import torch
from torch.utils.data import DataLoader
class Squares:
    def __len__(self): return 4
    def __getitem__(self, place): return torch.tensor([float(place) ** 2])
if __name__ == "__main__":
    for options in ({"multiprocessing_context": "forkserver"}, {}):
        print([batch.item() for batch in DataLoader(Squares(), num_workers=2, **options)])
"""


def test_dataloader_takes_the_name_once_installed(tmp_path: Path) -> None:
    out = run("-m", "forkless", program(tmp_path, LOADER))
    assert out.splitlines() == ["[0.0, 1.0, 4.0, 9.0]"] * 2
