"""A worker is killed: get() must raise WorkerLostError, as the library's word for it is."""

import os
import signal

from billiard.exceptions import WorkerLostError
from billiard.pool import Pool


def die():
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    pool = Pool(1, lost_worker_timeout=1)
    try:
        pool.apply(die)
    except WorkerLostError as error:
        print(f"KEPT: get() raised {error!r}", flush=True)
    except BaseException as error:
        print(f"VIOLATED: get() raised {type(error).__qualname__}: {error!r}", flush=True)
    os._exit(0)
