"""A result that cannot be pickled: the executor's future must raise, as the client's own does."""

import os
import threading

from distributed import Client

if __name__ == "__main__":
    client = Client(n_workers=1, threads_per_worker=1, dashboard_address=None, silence_logs=60)
    try:
        client.submit(threading.Lock).result()
    except TypeError:
        print("WAITING: for the future of an executor, of what the client raised for", flush=True)
    try:
        print(f"KEPT: got {client.get_executor().submit(threading.Lock).result()}", flush=True)
    except Exception as error:
        print(f"KEPT: result() raised {type(error).__name__}", flush=True)
    os._exit(0)
