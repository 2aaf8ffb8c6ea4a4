"""What submit() accepted before shutdown(wait=True) must have run when that returns."""

import os
import threading

from distributed import Client


def submit_until_refused():
    try:
        while True:
            accepted.append(executor.submit(abs, -1))
    except RuntimeError as error:
        print(f"as it should: {error}")


if __name__ == "__main__":
    lost = 0
    for _ in range(20):
        client = Client(processes=False, n_workers=1, dashboard_address=None, silence_logs=60)
        accepted, executor = [], client.get_executor()
        thread = threading.Thread(target=submit_until_refused)
        thread.start()
        executor.shutdown(wait=True)
        thread.join()
        client.close()
        lost += sum(future.cancelled() or not future.done() for future in accepted)
    print(f"{'VIOLATED' if lost else 'KEPT'}: {lost} accepted tasks gave no result", flush=True)
    os._exit(0)
