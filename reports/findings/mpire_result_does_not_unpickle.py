"""A result pickles, but does not unpickle: apply() must raise something."""

import os

from mpire import WorkerPool


def rebuild():
    raise ValueError("cannot be rebuilt here")


class Result:
    def __reduce__(self):
        return rebuild, ()


if __name__ == "__main__":
    pool = WorkerPool(1)
    print("WAITING: for a result that does not unpickle", flush=True)
    try:
        pool.apply(Result)
    except Exception as error:
        print(f"KEPT: apply() raised {error!r}", flush=True)
    os._exit(0)
