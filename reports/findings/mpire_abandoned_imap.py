"""A call of map_unordered() after an imap() that was left early: its results must be its own."""

from mpire import WorkerPool


def pair(first, second):
    return first, second


if __name__ == "__main__":
    with WorkerPool(1) as pool:
        before = pool.map_unordered(pair, [(1, 2), (3, 4)])
        for _ in pool.imap(pair, [(1, 2), (3, 4)]):
            break
        try:
            after = pool.map_unordered(pair, [(1, 2), (3, 4)])
        except Exception as error:
            after = repr(error)
        words = "KEPT" if sorted(before) == sorted(after) else "VIOLATED"
        print(f"{words}: the same call before and after: {before}, {after}")
