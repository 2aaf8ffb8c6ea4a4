"""A result that does not pickle: apply() must raise something."""

import os
import threading

from mpire import WorkerPool

if __name__ == "__main__":
    pool = WorkerPool(1)
    print("WAITING: for a task that returns a lock", flush=True)
    try:
        pool.apply(threading.Lock)
    except Exception as error:
        print(f"KEPT: apply() raised {error!r}", flush=True)
    os._exit(0)
