"""Pickling an argument raises SystemExit: its result() must raise, and the next task must run."""

import os
import sys
from concurrent.futures import ProcessPoolExecutor


class Argument:
    def __reduce__(self):
        sys.exit("no licence for this object")


if __name__ == "__main__":
    executor = ProcessPoolExecutor(1)
    executor.submit(id, Argument())
    print("WAITING: for another task than the one whose argument ends the thread", flush=True)
    print(f"KEPT: the other task gave {executor.submit(abs, -2).result()}", flush=True)
    os._exit(0)
