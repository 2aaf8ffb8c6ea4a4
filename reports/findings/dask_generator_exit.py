"""A task that raises GeneratorExit: the executor must shut down afterwards."""

import os

from distributed import Client


def leave() -> None:
    raise GeneratorExit


if __name__ == "__main__":
    client = Client(n_workers=1, threads_per_worker=1, dashboard_address=None, silence_logs=60)
    executor = client.get_executor()
    print(f"the task raised {executor.submit(leave).exception()!r}", flush=True)
    print("WAITING: for shutdown() of an executor whose tasks are done", flush=True)
    executor.shutdown()
    print("KEPT: shutdown() returned", flush=True)
    os._exit(0)
