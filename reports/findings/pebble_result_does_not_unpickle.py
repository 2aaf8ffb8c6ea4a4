"""A result that does not unpickle: its result() must raise."""

import os

from pebble import ProcessPool


class Result:
    def __reduce__(self):
        return int, ("no number",)


if __name__ == "__main__":
    pool = ProcessPool(max_workers=1)
    print("WAITING: for a result that does not unpickle", flush=True)
    try:
        print(f"KEPT: got {pool.schedule(Result).result()!r}", flush=True)
    except Exception as error:
        print(f"KEPT: result() raised {error!r}", flush=True)
    os._exit(0)
