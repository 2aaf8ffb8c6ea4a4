"""A task calls sys.exit(): reading its result must not end the program that reads it."""

import atexit
import sys
from concurrent.futures import ProcessPoolExecutor

if __name__ == "__main__":
    with ProcessPoolExecutor(1) as executor:
        future = executor.submit(sys.exit, 3)
        atexit.register(print, "VIOLATED: result() raised SystemExit(3), which ended this program")
        try:
            future.result()
        except Exception as error:
            atexit.unregister(print)
            print(f"KEPT: result() raised {error!r}")
