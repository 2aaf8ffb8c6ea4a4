"""An exception whose __new__ takes an argument pickles well: apply() must raise it."""

import os

from mpire import WorkerPool


class Failure(Exception):
    def __new__(cls, code):
        return super().__new__(cls, code)


def fail():
    raise Failure(404)


if __name__ == "__main__":
    pool = WorkerPool(1)
    print("WAITING: for a task that raises Failure(404)", flush=True)
    try:
        pool.apply(fail)
    except Exception as error:
        print(f"KEPT: apply() raised {error!r}", flush=True)
    os._exit(0)
