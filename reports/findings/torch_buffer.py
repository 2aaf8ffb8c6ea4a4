"""A torch.nn.Buffer must arrive as one, as a torch.nn.Parameter does."""

import torch
import torch.multiprocessing


def kinds(tensor):
    return isinstance(tensor, torch.nn.Buffer), isinstance(tensor, torch.nn.Parameter)


if __name__ == "__main__":
    with torch.multiprocessing.Pool(1) as pool:
        buffer, parameter = torch.nn.Buffer(torch.ones(1)), torch.nn.Parameter(torch.ones(1))
        got = pool.map(kinds, [buffer, parameter], chunksize=1)
        right = got == [kinds(buffer), kinds(parameter)]
        print(f"{'KEPT' if right else 'VIOLATED'}: (is Buffer, is Parameter) in the worker: {got}")
