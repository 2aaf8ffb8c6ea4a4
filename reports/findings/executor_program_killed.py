"""A program with an executor is killed: its idle workers must end."""

import os
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    if "owner" in sys.argv:
        print(ProcessPoolExecutor(1).submit(os.getpid).result(), flush=True)
        os.kill(os.getpid(), 9)
    owner = subprocess.Popen([sys.executable, __file__, "owner"], stdout=subprocess.PIPE)
    worker = int(owner.stdout.readline())
    owner.wait()
    end = time.monotonic() + 5
    while alive(worker) and time.monotonic() < end:
        time.sleep(0.1)
    print("VIOLATED: its worker is alive 5 s later" if alive(worker) else "KEPT: its worker ended")
