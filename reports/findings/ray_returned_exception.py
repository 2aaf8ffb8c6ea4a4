"""A task returns an exception as its value: get() must return it, not raise it."""

import ray
from ray.util.multiprocessing import Pool

if __name__ == "__main__":
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    try:
        got = Pool(1).map(ValueError, ["a value, not a failure"])
        print(f"KEPT: map() returned {got}")
    except ValueError as error:
        print(f"VIOLATED: map() raised {error!r}")
