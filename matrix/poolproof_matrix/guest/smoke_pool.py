"""Start a Process, then let a Pool of two map tensors: smoke_pool.py spawn|forkless."""

import importlib
import sys

import torch
import torch.multiprocessing


def shift(tensor: torch.Tensor) -> torch.Tensor:
    """Return a tensor that only right arithmetic in the worker can give."""
    return tensor * 2 + 1


def fill(tensor: torch.Tensor) -> None:
    """Write into shared memory."""
    tensor.fill_(7)


def main(method: str) -> None:
    """Use *method* for one Process and one Pool."""
    if method == "spawn":
        context = torch.multiprocessing.get_context("spawn")
    else:
        context = importlib.import_module(method).get_context()
    shared = torch.zeros(4).share_memory_()
    process = context.Process(target=fill, args=(shared,))
    process.start()
    process.join(90)
    assert process.exitcode == 0, process.exitcode
    assert shared.tolist() == [7.0] * 4, shared
    with context.Pool(2) as pool:
        results = pool.map_async(shift, [torch.full((3,), float(n)) for n in range(8)]).get(90)
    assert [result[0].item() for result in results] == [2.0 * n + 1 for n in range(8)], results
    print(f"{method}: a Process wrote 4 shared numbers, a Pool of 2 mapped 8 tensors")


if __name__ == "__main__":
    main(sys.argv[1])
