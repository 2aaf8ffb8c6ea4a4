"""A task raises StopIteration: map() must raise, as map() of a list of tasks may not shrink."""

import multiprocessing


def task(number):
    if number == 2:
        next(iter([]))
    return number


if __name__ == "__main__":
    with multiprocessing.Pool(2) as pool:
        try:
            got = pool.map(task, range(6), chunksize=3), list(pool.imap(task, range(6), 3))
            print(f"VIOLATED: map and imap of 0..5, where 2 raises, return {got}")
        except Exception as error:
            print(f"KEPT: raised {error!r}")
