"""A child must have the environment, umask and processors of the caller of start()."""

import multiprocessing
import os


def surroundings():
    umask = os.umask(0)
    os.umask(umask)
    return os.environ.get("COLOUR"), oct(umask), sorted(os.sched_getaffinity(0))


if __name__ == "__main__":
    context = multiprocessing.get_context("forkserver")
    with context.Pool(1) as pool:  # the server starts now
        pool.apply(surroundings)
    os.environ["COLOUR"] = "blue"
    os.umask(0o077)
    os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
    with context.Pool(1) as pool:
        seen = pool.apply(surroundings)
    word = "KEPT" if seen == surroundings() else "VIOLATED"
    print(f"{word}: the caller has {surroundings()}, its child {seen}")
