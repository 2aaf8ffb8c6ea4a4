"""Results that were read and dropped must not stay in memory."""

import gc
import time
import weakref

from pebble import ProcessPool

ALIVE = weakref.WeakSet()


class Result:
    def __init__(self):
        ALIVE.add(self)

    def __reduce__(self):
        return Result, ()


def make(_):
    return Result()


if __name__ == "__main__":
    with ProcessPool(max_workers=1) as pool:
        list(pool.map(make, range(100)).result())
        time.sleep(1)
        gc.collect()
        kept = len(ALIVE)
    print(f"{'VIOLATED' if kept > 10 else 'KEPT'}: {kept} of 100 results are in memory")
