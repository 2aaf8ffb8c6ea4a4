"""A worker dies and its child lives on: result() must raise, whatever the child does."""

import os
import time
from concurrent.futures import ProcessPoolExecutor


def leave_a_child():
    if os.fork() == 0:
        time.sleep(1000)
    os._exit(9)


if __name__ == "__main__":
    executor = ProcessPoolExecutor(1)
    print("WAITING: for the task of a worker that died", flush=True)
    try:
        executor.submit(leave_a_child).result()
    except Exception as error:
        print(f"KEPT: result() raised {error!r}", flush=True)
    os._exit(0)
