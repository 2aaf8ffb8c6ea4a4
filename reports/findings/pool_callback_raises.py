"""A callback raises: other tasks of the pool must still get their results."""

import multiprocessing
import os


def callback(value):
    raise RuntimeError("a callback of one task failed")


if __name__ == "__main__":
    pool = multiprocessing.Pool(2)
    pool.apply_async(abs, (-1,), callback=callback)
    print("WAITING: for another task than the one whose callback raises", flush=True)
    print(f"KEPT: the other task gave {pool.apply(abs, (-2,))}", flush=True)
    os._exit(0)
