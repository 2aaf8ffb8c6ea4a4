"""A task raises FileNotFoundError: errno and filename must survive."""

from mpire import WorkerPool

if __name__ == "__main__":
    with WorkerPool(1) as pool:
        try:
            pool.apply(open, "no-such-file")
        except FileNotFoundError as error:
            got = (error.errno, error.filename)
            right = got == (2, "no-such-file")
            print(f"{'KEPT' if right else 'VIOLATED'}: errno and filename are {got}")
