"""A worker is killed while it sends its result: result() must raise, as after any other death."""

import os
import threading
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path


def kill_in_write():
    syscall = Path(f"/proc/self/task/{os.getpid()}/syscall")
    while syscall.read_text().split()[0] != "1":  # until the main thread is in write()
        pass
    os.kill(os.getpid(), 9)


class Result:
    def __reduce__(self):
        threading.Thread(target=kill_in_write, daemon=True).start()
        return bytes, (bytes(2**28),)


if __name__ == "__main__":
    executor = ProcessPoolExecutor(2)
    list(executor.map(abs, range(9)))
    print("WAITING: for a result whose worker was killed while it sent it", flush=True)
    try:
        executor.submit(Result).result()
    except Exception as error:
        print(f"KEPT: result() raised {error!r}", flush=True)
    os._exit(0)
