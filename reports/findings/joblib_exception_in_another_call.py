"""An exception in one call of Parallel must not fail another one, in another thread."""

import contextlib
import threading
import time

from joblib import Parallel, delayed


def fail():
    time.sleep(0.5)
    raise ValueError("of the other call")


def other_call():
    with contextlib.suppress(ValueError):
        Parallel(2)([delayed(fail)()])


if __name__ == "__main__":
    Parallel(2)(delayed(abs)(n) for n in range(4))
    thread = threading.Thread(target=other_call)
    thread.start()
    try:
        print(f"KEPT: this call gave {Parallel(2)([delayed(time.sleep)(2)])}")
    except Exception as error:
        print(f"VIOLATED: this call raised {error!r}")
    thread.join()
