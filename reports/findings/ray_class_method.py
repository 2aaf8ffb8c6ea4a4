"""A class method of the standard library must be the one of its class where it arrives."""

import os
import pathlib

import ray
from ray.util.multiprocessing import Pool


def globals_are_the_modules(method: object) -> bool:
    return method.__globals__ is pathlib.__dict__


if __name__ == "__main__":
    ray.init(address="local", num_cpus=1, include_dashboard=False, log_to_driver=False)
    there = Pool(1).apply(globals_are_the_modules, (pathlib.Path.cwd,))
    word = "KEPT" if there else "VIOLATED"
    print(f"{word}: Path.cwd has the globals of pathlib in the worker: {there}", flush=True)
    os._exit(0)
