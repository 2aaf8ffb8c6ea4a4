"""A bytearray that a task returns must arrive as one."""

import ray
from ray.util.multiprocessing import Pool

if __name__ == "__main__":
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    got = Pool(1).apply(bytearray, (b"abc",))
    print(f"{'KEPT' if isinstance(got, bytearray) else 'VIOLATED'}: bytearray(b'abc') gave {got!r}")
