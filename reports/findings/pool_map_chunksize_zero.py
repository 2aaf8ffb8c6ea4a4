"""map(chunksize=0) must raise, as imap(chunksize=0) does, or run the tasks."""

import multiprocessing

if __name__ == "__main__":
    with multiprocessing.Pool(2) as pool:
        try:
            got = pool.map(abs, [-1, -2, -3], chunksize=0)
            words = "VIOLATED" if got != [1, 2, 3] else "KEPT"
            print(f"{words}: map(abs, [-1, -2, -3], chunksize=0) returned {got}")
        except ValueError as error:
            print(f"KEPT: raised {error!r}")
