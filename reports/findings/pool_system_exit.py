"""A task calls sys.exit(): get() must raise something."""

import multiprocessing
import os
import sys

if __name__ == "__main__":
    pool = multiprocessing.Pool(2)
    print("WAITING: for a task that calls sys.exit(3)", flush=True)
    try:
        pool.apply(sys.exit, (3,))
    except BaseException as error:
        print(f"KEPT: get() raised {error!r}", flush=True)
    os._exit(0)
