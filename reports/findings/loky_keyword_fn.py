"""A keyword argument must reach the task whatever its name, also as `fn`."""

from loky import ProcessPoolExecutor


def task(fn):
    return fn


if __name__ == "__main__":
    with ProcessPoolExecutor(1) as executor:
        try:
            print(f"KEPT: the task got {executor.submit(task, fn='f(x)').result()!r}")
        except TypeError as error:
            print(f"VIOLATED: submit() raised {error!r}")
