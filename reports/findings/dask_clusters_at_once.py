"""The first clusters of a program, opened by threads at one time, must all start (6 programs)."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from distributed import LocalCluster

together = Barrier(8)


def opens(_: int) -> bool:
    together.wait()
    try:
        LocalCluster(n_workers=0, dashboard_address=":0", silence_logs=60).close()
    except RuntimeError:
        return False
    return True


if __name__ == "__main__":
    if sys.argv[1:]:
        sys.exit(not all(ThreadPoolExecutor(8).map(opens, range(8))))
    program = [sys.executable, __file__, "once"]
    failed = any(subprocess.run(program, stderr=subprocess.DEVNULL).returncode for _ in range(6))
    print(f"{'VIOLATED' if failed else 'KEPT'}: some did not start: {failed}", flush=True)
