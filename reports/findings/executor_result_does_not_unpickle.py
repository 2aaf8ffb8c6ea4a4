"""A result does not unpickle: that task must fail, other tasks of the executor must not."""

from concurrent.futures import ProcessPoolExecutor


def rebuild():
    raise ValueError("cannot be rebuilt here")


class Result:
    def __reduce__(self):
        return rebuild, ()


if __name__ == "__main__":
    with ProcessPoolExecutor(1) as executor:
        executor.submit(Result)
        try:
            other = executor.submit(abs, -2)
            print(f"KEPT: another task gave {other.result()}")
        except Exception as error:
            print(f"VIOLATED: another task, which is sound, raised {error!r}")
