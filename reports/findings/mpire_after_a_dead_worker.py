"""A worker died in apply(), which said so: the next apply() must run, or raise."""

import os

from mpire import WorkerPool

if __name__ == "__main__":
    pool = WorkerPool(1)
    try:
        pool.apply(os._exit, 1)
    except RuntimeError as error:
        print(f"as it should: {error!r}")
    print("WAITING: for the next task", flush=True)
    try:
        print(f"KEPT: the next task gave {pool.apply(abs, -2)}", flush=True)
    except Exception as error:
        print(f"KEPT: apply() raised {error!r}", flush=True)
    os._exit(0)
