"""A worker dies: later tasks must run, as the pool still has workers and says nothing."""

import os

import ray
from ray.util.multiprocessing import Pool

if __name__ == "__main__":
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    pool = Pool(2)
    outcomes = []
    for function in (os._exit, abs, abs, abs, abs):
        try:
            outcomes.append(pool.apply(function, (1,)))
        except Exception as error:
            outcomes.append(type(error).__name__)
    words = "VIOLATED" if "ActorDiedError" in outcomes[1:] else "KEPT"
    print(f"{words}: os._exit(1), then abs(1) four times: {outcomes}")
