"""Workers that end after max_tasks_per_child tasks must be replaced until all tasks are done."""

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor

if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    executor = ProcessPoolExecutor(1, mp_context=context, max_tasks_per_child=2)
    futures = [executor.submit(abs, -number) for number in range(6)]
    futures[0].result()
    print("WAITING: for six tasks, two a worker", flush=True)
    print(f"KEPT: {[future.result() for future in futures]}", flush=True)
    os._exit(0)
