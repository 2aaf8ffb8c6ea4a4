"""A fork of the program ends: the workers of the pool, which are not its own, must live."""

import multiprocessing
import os
import sys

if __name__ == "__main__":
    pool = multiprocessing.Pool(1)
    pool.apply(abs, (-1,))
    fork = os.fork()
    if fork == 0:
        sys.exit()
    os.waitpid(fork, 0)
    print("WAITING: for a task, after a fork of the program has ended", flush=True)
    print(f"KEPT: the task gave {pool.apply(abs, (-2,))}", flush=True)
    os._exit(0)
