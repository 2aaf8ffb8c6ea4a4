"""A task returns what does not pickle: result() must say so, and the worker must live."""

import os

import pebble


def outer():
    def inner():
        pass

    return inner


if __name__ == "__main__":
    with pebble.ProcessPool(1) as pool:
        worker = pool.schedule(os.getpid).result()
        try:
            pool.schedule(outer).result()
        except Exception as error:
            died = worker != pool.schedule(os.getpid).result()
            print(f"{'VIOLATED' if died else 'KEPT'}: {error!r}, worker died: {died}")
