"""A result of more tensors than the limit of open files must arrive, or raise."""

import os
import resource

import torch
import torch.multiprocessing


def make():
    return [torch.ones(1) for _ in range(300)]


if __name__ == "__main__":
    pool = torch.multiprocessing.Pool(1)
    pool.apply(abs, (-1,))
    resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))  # of this process, not of the worker
    print("WAITING: for 300 tensors where 128 files may be open", flush=True)
    try:
        print(f"KEPT: got {len(pool.apply(make))} tensors", flush=True)
    except Exception as error:
        print(f"KEPT: get() raised {error!r}", flush=True)
    os._exit(0)
