"""An argument that cannot be pickled: get() must raise."""

import os
import threading

from billiard.pool import Pool

if __name__ == "__main__":
    pool = Pool(1)
    print("WAITING: for a task whose argument cannot be pickled", flush=True)
    try:
        print(f"KEPT: got {pool.apply(id, (threading.Lock(),))}", flush=True)
    except Exception as error:
        print(f"KEPT: get() raised {error!r}", flush=True)
    os._exit(0)
