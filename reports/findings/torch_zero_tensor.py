"""A zero tensor without memory must arrive, or be refused with an exception."""

import os

import torch
import torch.multiprocessing

if __name__ == "__main__":
    pool = torch.multiprocessing.Pool(1)
    pool.apply(abs, (-1,))
    print("WAITING: for a zero tensor", flush=True)
    try:
        got = pool.apply(torch._efficientzerotensor, (3,))
        print(f"KEPT: got {got.tolist()}", flush=True)
    except Exception as error:
        print(f"KEPT: get() raised {error!r}", flush=True)
    os._exit(0)
