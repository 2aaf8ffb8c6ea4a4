"""A keyword argument must reach the task whatever its name, also as `function`."""

from pebble import ProcessPool


def task(function):
    return function


if __name__ == "__main__":
    with ProcessPool(max_workers=1) as pool:
        future = pool.schedule(task, kwargs={"function": "f(x)"})
        try:
            print(f"KEPT: the task got {future.result()!r}")
        except Exception as error:
            print(f"VIOLATED: result() raised {error!r}")
