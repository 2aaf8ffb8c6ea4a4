"""Ctrl-C must end a program with an idle pool, each time."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time

if __name__ == "__main__":
    if "owner" in sys.argv:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        with multiprocessing.Pool(2) as pool:
            pool.map(abs, range(9))
            print("idle now", flush=True)
            time.sleep(1000)
    for attempt in range(1, 21):
        command = [sys.executable, __file__, "owner"]
        owner = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
        owner.stdout.readline()
        time.sleep(0.2)
        os.killpg(owner.pid, signal.SIGINT)  # as a terminal does it
        try:
            owner.wait(5)
        except subprocess.TimeoutExpired:
            print(f"VIOLATED: it runs 5 s after the {attempt}. Ctrl-C")
            break
    else:
        print("KEPT: it ended 20 times")
