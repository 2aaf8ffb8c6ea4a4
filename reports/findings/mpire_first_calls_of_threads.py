"""Four threads make the first calls of a pool at once: each must get its result."""

import os
import threading

from mpire import WorkerPool


def ask(pool, together, number):
    together.wait()
    try:
        told[number] = pool.apply(abs, -number)
    except Exception as error:
        told[number] = repr(error)


if __name__ == "__main__":
    told = {}
    pool, together = WorkerPool(2), threading.Barrier(4)
    print("WAITING: for four threads that each call apply() once", flush=True)
    asking = [threading.Thread(target=ask, args=(pool, together, n)) for n in range(4)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    word = "KEPT" if told == {n: n for n in range(4)} else "VIOLATED"
    print(f"{word}: {told}", flush=True)
    os._exit(0)
