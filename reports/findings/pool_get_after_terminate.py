"""terminate() ends the pool while a result is outstanding: get() must raise."""

import multiprocessing
import os
import time

if __name__ == "__main__":
    pool = multiprocessing.Pool(1)
    result = pool.apply_async(time.sleep, (1000,))
    pool.terminate()
    pool.join()
    print("WAITING: for a result of a pool that was terminated", flush=True)
    try:
        result.get()
    except Exception as error:
        print(f"KEPT: get() raised {error!r}", flush=True)
    os._exit(0)
