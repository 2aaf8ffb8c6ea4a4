"""A task raises KeyboardInterrupt: apply() must raise something."""

import os

from mpire import WorkerPool


def interrupt():
    raise KeyboardInterrupt


if __name__ == "__main__":
    pool = WorkerPool(1)
    print("WAITING: for a task that raises KeyboardInterrupt", flush=True)
    try:
        pool.apply(interrupt)
    except BaseException as error:
        print(f"KEPT: apply() raised {error!r}", flush=True)
    os._exit(0)
