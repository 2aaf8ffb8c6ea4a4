"""The iterable of map() raises AttributeError: map() must raise it, and not end there."""

import pebble


def numbers():
    yield from (1, 2, 3)
    yield None.value


if __name__ == "__main__":
    with pebble.ProcessPool(2) as pool:
        try:
            got = list(pool.map(abs, numbers()).result())
            print(f"VIOLATED: nothing was raised; map gave {got}")
        except AttributeError as error:
            print(f"KEPT: raised {error!r}")
