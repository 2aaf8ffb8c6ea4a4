"""An idle worker is killed: the pool must go on, as it does when a busy one is killed."""

import os
import signal
import time

import pebble

if __name__ == "__main__":
    with pebble.ProcessPool(2) as pool:
        os.kill(pool.schedule(os.getpid).result(), signal.SIGKILL)
        end = time.monotonic() + 2  # pebble looks after its workers every 0.1 s
        while pool.active and time.monotonic() < end:
            time.sleep(0.01)
        try:
            print(f"KEPT: a task after that gave {pool.schedule(abs, args=(-2,)).result()}")
        except RuntimeError as error:
            print(f"VIOLATED: a task after that: {error!r}")
