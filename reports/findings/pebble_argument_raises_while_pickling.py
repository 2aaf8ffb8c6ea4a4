"""Pickling an argument raises RuntimeError: its result() must raise, and no task may be lost."""

import os

import pebble


class Argument:
    def __reduce__(self):
        raise RuntimeError("not to be pickled")


if __name__ == "__main__":
    pool = pebble.ProcessPool(1)
    future = pool.schedule(id, args=(Argument(),))
    print("WAITING: for a task whose argument does not pickle", flush=True)
    try:
        future.result()
    except Exception as error:
        print(f"KEPT: result() raised {error!r}", flush=True)
    os._exit(0)
