"""A worker ends with exit code 0 in the middle of a task: result() must raise."""

import os

import pebble

if __name__ == "__main__":
    pool = pebble.ProcessPool(1)
    print("WAITING: for a task that calls os._exit(0)", flush=True)
    try:
        pool.schedule(os._exit, args=(0,)).result()
    except Exception as error:
        print(f"KEPT: result() raised {error!r}", flush=True)
    os._exit(0)
