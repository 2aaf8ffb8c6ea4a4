"""A limit of active tasks below the chunk size must be refused, or slow map() down."""

import os

from mpire import WorkerPool

if __name__ == "__main__":
    pool = WorkerPool(1)
    print("WAITING: for map(chunk_size=2, max_tasks_active=1)", flush=True)
    try:
        print(f"KEPT: got {pool.map(abs, [1, 2, 3], chunk_size=2, max_tasks_active=1)}", flush=True)
    except ValueError as error:
        print(f"KEPT: map() raised {error!r}", flush=True)
    os._exit(0)
