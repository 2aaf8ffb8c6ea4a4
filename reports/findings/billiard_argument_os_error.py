"""An argument whose pickling raises OSError: tasks that come later must run."""

import os

from billiard.pool import Pool


class Refuses:
    def __reduce__(self) -> str:
        raise FileNotFoundError("what this was made of")


if __name__ == "__main__":
    pool = Pool(1)
    pool.apply_async(id, (Refuses(),))
    print("WAITING: for a task after one whose argument raised OSError", flush=True)
    print(f"KEPT: the later task gave {pool.apply(abs, (-1,))}", flush=True)
    os._exit(0)
