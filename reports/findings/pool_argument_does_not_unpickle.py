"""An argument pickles, but does not unpickle in the worker: get() must raise something."""

import multiprocessing
import os


def rebuild():
    raise ValueError("cannot be rebuilt here")


class Argument:
    def __reduce__(self):
        return rebuild, ()


if __name__ == "__main__":
    pool = multiprocessing.Pool(2)
    print("WAITING: for a task whose argument does not unpickle", flush=True)
    try:
        pool.apply(id, (Argument(),))
    except Exception as error:
        print(f"KEPT: get() raised {error!r}", flush=True)
    os._exit(0)
