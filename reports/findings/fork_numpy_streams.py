"""Workers that nobody seeded must not draw the same random numbers from numpy."""

import multiprocessing
import os
import time

import numpy.random  # before the fork: it is seeded at import


def draw(_):
    time.sleep(0.5)  # so that each worker gets one
    return os.getpid(), int(numpy.random.randint(2**31))


if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(2) as pool:
        drawn = dict(pool.map(draw, range(2), chunksize=1))
    word = "VIOLATED" if len(set(drawn.values())) < len(drawn) else "KEPT"
    print(f"{word}: workers and what they drew first: {drawn}")
