"""requires_grad of a sparse tensor must survive, as that of a dense one does."""

import torch
import torch.multiprocessing


def flag(tensor):
    return tensor.requires_grad


if __name__ == "__main__":
    with torch.multiprocessing.Pool(1) as pool:
        dense = torch.ones(2, 2, requires_grad=True)
        sparse = torch.sparse_coo_tensor([[0], [0]], [1.0], (2, 2), requires_grad=True)
        got = pool.map(flag, [dense, sparse], chunksize=1)
        right = all(got)
        print(f"{'KEPT' if right else 'VIOLATED'}: requires_grad of dense, sparse there: {got}")
