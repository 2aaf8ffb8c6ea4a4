"""An argument whose pickling raises OSError is an error of that task alone: others must run."""

import os
import threading

import pebble

ACCEPTED = threading.Event()  # both tasks are, before the first is pickled


class Refuses:
    def __reduce__(self):
        ACCEPTED.wait()
        raise FileNotFoundError("what this was made of")


if __name__ == "__main__":
    pool = pebble.ProcessPool(1)
    pool.schedule(id, args=(Refuses(),))
    later = pool.schedule(abs, args=(-1,))
    ACCEPTED.set()
    print("WAITING: for a task after one whose argument raised OSError", flush=True)
    print(f"KEPT: the later task gave {later.result()}", flush=True)
    os._exit(0)
