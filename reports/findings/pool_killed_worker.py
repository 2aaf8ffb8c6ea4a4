"""A worker is killed while it runs a task: get() must raise, or return after a second try."""

import multiprocessing
import os
import signal


def die():
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))


if __name__ == "__main__":
    pool = multiprocessing.Pool(2)
    print("WAITING: for a task whose worker is killed", flush=True)
    try:
        pool.apply(die)
    except Exception as error:
        print(f"KEPT: get() raised {error!r}", flush=True)
    os._exit(0)
