"""A result neither pickles nor has a repr(): get() must raise something."""

import multiprocessing
import os


class HalfMade:
    def __reduce__(self):
        raise TypeError("cannot be pickled")

    def __repr__(self):
        return f"HalfMade({self.name})"


if __name__ == "__main__":
    pool = multiprocessing.Pool(2)
    print("WAITING: for a result that neither pickles nor has a repr()", flush=True)
    try:
        pool.apply(HalfMade)
    except Exception as error:
        print(f"KEPT: get() raised {error!r}", flush=True)
    os._exit(0)
