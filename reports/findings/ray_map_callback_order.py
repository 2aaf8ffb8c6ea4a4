"""The callback of map_async() must get the list that get() returns, in the order of the items."""

import ray
from ray.util.multiprocessing import Pool

if __name__ == "__main__":
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    called = []
    # The first chunk takes longest: it cannot come first.
    result = Pool(2).map_async(sum, [range(10**7 // 10**i) for i in range(8)], 2, called.append)
    got = result.get()
    kept = called == [got]
    print(f"{'KEPT' if kept else 'VIOLATED'}: get() gives {got}, the callback got {called}")
