"""A task raises an exception that does not pickle: other tasks must not fail for it."""

import threading

import loky


class Failure(Exception):
    def __init__(self):
        self.lock = threading.Lock()


def fail():
    raise Failure


if __name__ == "__main__":
    executor = loky.ProcessPoolExecutor(1)
    executor.submit(fail)
    other = executor.submit(abs, -2)
    try:
        print(f"KEPT: another task gave {other.result()}")
    except Exception as error:
        print(f"VIOLATED: another task, which is sound, raised {type(error).__name__}")
    executor.shutdown(kill_workers=True)
