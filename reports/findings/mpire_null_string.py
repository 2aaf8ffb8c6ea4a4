"""A task returns the string "\\0": it must arrive, as any other string does."""

import os

from mpire import WorkerPool

if __name__ == "__main__":
    pool = WorkerPool(1)
    print("WAITING: for a task that returns a string of one null character", flush=True)
    print(f"KEPT: got {pool.apply(chr, 0)!r}", flush=True)
    os._exit(0)
