"""An initializer that raises must end in an error, not in new workers without end."""

import multiprocessing
import os


def initialize(counter):
    with counter:
        counter.value += 1
        if counter.value == 50:
            print("VIOLATED: 50 workers were started to run one task", flush=True)
    raise ValueError("no such device")


if __name__ == "__main__":
    counter = multiprocessing.Value("i", 0)
    pool = multiprocessing.Pool(1, initialize, (counter,))
    try:
        pool.apply_async(abs, (-1,)).get(timeout=5)
        print("KEPT: the task ran", flush=True)
    except multiprocessing.TimeoutError:
        print(f"{'VIOLATED' if counter.value > 9 else 'KEPT'}: {counter.value} workers started")
    except Exception as error:
        print(f"KEPT: get() raised {error!r}", flush=True)
    os._exit(0)
