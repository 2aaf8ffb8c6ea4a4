"""A class method of the standard library must be the one of its class where it arrives."""

import pathlib

from multiprocess import Pool


def is_of_its_class(method: object) -> bool:
    return method == pathlib.Path.cwd


if __name__ == "__main__":
    with Pool(1) as pool:
        there = pool.apply(is_of_its_class, (pathlib.Path.cwd,))
    print(f"{'KEPT' if there else 'VIOLATED'}: Path.cwd is that of the worker: {there}", flush=True)
