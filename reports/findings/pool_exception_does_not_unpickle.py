"""An exception pickles, but does not unpickle: get() must raise something."""

import multiprocessing
import os


class NeedsTwo(Exception):
    def __init__(self, code, reason):
        super().__init__(f"{code}: {reason}")


def fail():
    raise NeedsTwo(404, "not found")


if __name__ == "__main__":
    pool = multiprocessing.Pool(2)
    print("WAITING: for a task that raises NeedsTwo", flush=True)
    try:
        pool.apply(fail)
    except Exception as error:
        print(f"KEPT: get() raised {error!r}", flush=True)
    os._exit(0)
