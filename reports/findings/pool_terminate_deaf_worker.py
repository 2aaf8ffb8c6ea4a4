"""terminate() must end a worker that ignores SIGTERM."""

import multiprocessing
import os
import signal
import time


def ignore_sigterm():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


if __name__ == "__main__":
    pool = multiprocessing.Pool(1)
    pool.apply(ignore_sigterm)
    pool.apply_async(time.sleep, (1000,))
    time.sleep(0.5)  # until the task runs
    print("WAITING: for terminate()", flush=True)
    pool.terminate()
    print("KEPT: it came back", flush=True)
    os._exit(0)
