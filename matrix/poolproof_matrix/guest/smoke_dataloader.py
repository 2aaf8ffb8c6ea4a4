"""Read a data set through a DataLoader with two forkless workers, two epochs."""

import forkless
import torch
from torch.utils.data import DataLoader, TensorDataset


def main() -> None:
    """Check that each epoch gives each row once."""
    rows = TensorDataset(torch.arange(64))
    loader = DataLoader(
        rows,
        batch_size=8,
        num_workers=2,
        multiprocessing_context=forkless.get_context(),
        timeout=90,
    )
    for epoch in range(2):
        seen = sorted(int(value) for (batch,) in loader for value in batch)
        assert seen == list(range(64)), (epoch, seen)
    print("DataLoader: 2 epochs of 64 rows through 2 forkless workers")


if __name__ == "__main__":
    main()
