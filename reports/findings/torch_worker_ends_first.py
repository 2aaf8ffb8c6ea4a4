"""A worker ends before its tensor is read, as maxtasksperchild asks: get() gives it or raises."""

import os

import torch
import torch.multiprocessing


def wait_for_worker(_):
    worker.join()  # a callback that takes longer than the worker lives


if __name__ == "__main__":
    pool = torch.multiprocessing.Pool(1, maxtasksperchild=2)
    worker = pool._pool[0]
    pool.apply_async(abs, (-1,), callback=wait_for_worker)
    result = pool.apply_async(torch.ones, (3,))
    print("WAITING: for the tensor of a worker that has ended", flush=True)
    try:
        print(f"KEPT: got {result.get().tolist()}", flush=True)
    except Exception as error:
        print(f"KEPT: get() raised {error!r}", flush=True)
    os._exit(0)
