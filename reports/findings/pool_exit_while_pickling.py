"""Pickling an argument raises SystemExit: its get() must raise, and the next task must run."""

import multiprocessing
import os
import sys


class Argument:
    def __reduce__(self):
        sys.exit("no licence for this object")


if __name__ == "__main__":
    pool = multiprocessing.Pool(2)
    pool.apply_async(id, (Argument(),))
    print("WAITING: for another task than the one whose argument ends the thread", flush=True)
    print(f"KEPT: the other task gave {pool.apply(abs, (-2,))}", flush=True)
    os._exit(0)
