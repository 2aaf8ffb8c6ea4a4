"""Unpickling an argument raises RuntimeError in the worker: result() must raise something."""

import os

import pebble


def rebuild():
    raise RuntimeError("no device here")


class Argument:
    def __reduce__(self):
        return rebuild, ()


if __name__ == "__main__":
    pool = pebble.ProcessPool(1)
    print("WAITING: for a task whose argument does not unpickle", flush=True)
    try:
        pool.schedule(id, args=(Argument(),)).result()
    except Exception as error:
        print(f"KEPT: result() raised {error!r}", flush=True)
    os._exit(0)
