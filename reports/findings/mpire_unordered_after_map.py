"""map_unordered() of a function after map() of it must give the same results."""

from mpire import WorkerPool


def pair(first, second):
    return first, second


if __name__ == "__main__":
    with WorkerPool(1, keep_alive=True) as pool:
        before = pool.map(pair, [(1, 2), (3, 4)])
        try:
            after = pool.map_unordered(pair, [(1, 2), (3, 4)])
        except Exception as error:
            after = repr(error)
        words = "KEPT" if sorted(before) == sorted(after) else "VIOLATED"
        print(f"{words}: map() gave {before}, then map_unordered() {after}")
