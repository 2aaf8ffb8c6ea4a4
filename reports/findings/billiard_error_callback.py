"""error_callback must be called with the exception of the task."""

import threading

from billiard.pool import Pool

if __name__ == "__main__":
    called, given = threading.Event(), []
    pool = Pool(1)
    pool.apply_async(int, ("x",), error_callback=lambda e: (given.append(e), called.set()))
    called.wait()
    word = "KEPT" if isinstance(given[0], ValueError) else "VIOLATED"
    print(f"{word}: it was called with {given[0]!r}, a {type(given[0]).__name__}")
    pool.terminate()
    pool.join()
