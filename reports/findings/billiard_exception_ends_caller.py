"""Exceptions that do not unpickle must not end the program that reads the result."""

import atexit

from billiard.pool import Pool


class NeedsTwo(Exception):
    def __init__(self, code, reason):
        super().__init__(f"{code}: {reason}")


def fail(_):
    raise NeedsTwo(404, "not found")


if __name__ == "__main__":
    pool = Pool(1)
    print("VIOLATED: get() did not return: the library ended this program", flush=True)
    atexit.register(print, "KEPT: this program ended by itself", flush=True)
    try:
        pool.map(fail, [1, 2])
    except Exception as error:
        print(f"get() raised {error!r}")
