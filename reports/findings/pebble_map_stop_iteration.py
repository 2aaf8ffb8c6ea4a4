"""A task raises StopIteration: reading the results of map() must not end there in silence."""

import pebble


def task(number):
    if number == 2:
        next(iter([]))
    return number


if __name__ == "__main__":
    with pebble.ProcessPool(2) as pool:
        try:
            got = list(pool.map(task, range(6)).result())
            print(f"VIOLATED: map of 0..5, where 2 raises, gave {got}")
        except Exception as error:
            print(f"KEPT: raised {error!r}")
