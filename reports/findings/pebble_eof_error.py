"""An exception whose unpickling raises EOFError: result() must raise something."""

import os

import pebble


def rebuild():
    raise EOFError("a stream that ended")


class Failure(Exception):
    def __reduce__(self):
        return rebuild, ()


def fail():
    raise Failure


if __name__ == "__main__":
    pool = pebble.ProcessPool(1)
    print("WAITING: for a task that raises Failure", flush=True)
    try:
        pool.schedule(fail).result()
    except Exception as error:
        print(f"KEPT: result() raised {error!r}", flush=True)
    os._exit(0)
