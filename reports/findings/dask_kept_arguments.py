"""Arguments of tasks that are done and forgotten must not stay in the scheduler's memory."""

import gc

from distributed import Client


class Argument:
    """One that the garbage collector can find."""


if __name__ == "__main__":
    with Client(n_workers=1, threads_per_worker=1, dashboard_address=None) as client:
        client.gather(client.map(id, [Argument() for _ in range(100)], pure=False))
        while client.cluster.scheduler.tasks:
            gc.collect()
        kept = sum(isinstance(thing, Argument) for thing in gc.get_objects())
        word = "VIOLATED" if kept > 50 else "KEPT"
        print(f"{word}: {kept} arguments of 100 are in memory, and no task is", flush=True)
