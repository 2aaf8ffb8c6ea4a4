"""One of two idle workers is paused: the other one must go on with new tasks."""

import os
import signal
import time
from concurrent.futures import ProcessPoolExecutor


def work(_):
    time.sleep(0.2)
    return os.getpid()


if __name__ == "__main__":
    executor = ProcessPoolExecutor(2)
    first, second = set(executor.map(work, range(8)))
    time.sleep(1)  # both wait for a task, one of them with the lock of the queue in its hands
    print("WAITING: for tasks of two workers, one of which is paused", flush=True)
    for paused in (first, second):
        os.kill(paused, signal.SIGSTOP)
        executor.submit(work, 0).result()
        os.kill(paused, signal.SIGCONT)
        time.sleep(1)
    print("KEPT: the other worker ran them", flush=True)
