"""A task raises: iterating over imap() must raise, as map() does and multiprocessing's imap()."""

import ray
from ray.util.multiprocessing import Pool


def fail(number):
    raise ValueError(number)


if __name__ == "__main__":
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    try:
        got = list(Pool(1).imap(fail, [1, 2]))
        print(f"VIOLATED: nothing was raised; the values are {got}")
    except ValueError as error:
        print(f"KEPT: raised {error!r}")
