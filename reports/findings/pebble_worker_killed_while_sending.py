"""A worker is killed while it sends its result: a task of another worker must give its own."""

import os
import signal
import time
from threading import Timer

from pebble import CONSTS, ProcessPool


class HoldsUpTheReader:
    def __reduce__(self) -> tuple[object, ...]:
        return time.sleep, (4,)


def send_and_die() -> bytes:
    time.sleep(1)
    Timer(1, os.kill, (os.getpid(), signal.SIGKILL)).start()
    return bytes(10_000_000)


if __name__ == "__main__":
    CONSTS.channel_lock_timeout = 3  # seconds, else 60: how long a worker waits to send
    pool = ProcessPool(3)
    pool.schedule(HoldsUpTheReader)
    pool.schedule(send_and_die)
    error = pool.schedule(time.sleep, args=(3,)).exception()
    print(f"{'VIOLATED' if error else 'KEPT'}: sleep(3) raised {error!r}", flush=True)
    os._exit(0)
