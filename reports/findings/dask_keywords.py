"""Keyword arguments of a task that are called as options of dask must reach the task."""

from distributed import Client

if __name__ == "__main__":
    with Client(n_workers=1, threads_per_worker=1, dashboard_address=None) as client:
        sent = {"a": 1, "priority": 2, "key": "mine", "retries": 3}
        got = client.get_executor().submit(dict, **sent).result()
        word = "KEPT" if got == sent else "VIOLATED"
        print(f"{word}: submit(dict, **{sent}) gave {got}", flush=True)
