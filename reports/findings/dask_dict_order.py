"""Two dicts in another order are two arguments: a task that reads the order must tell them."""

from distributed import Client

if __name__ == "__main__":
    with Client(n_workers=1, threads_per_worker=1, dashboard_address=None) as client:
        sent = [{"a": 1, "b": 2}, {"b": 2, "a": 1}]
        got = client.gather(client.map(list, sent))
        right = got == [list(item) for item in sent]
        print(f"{'KEPT' if right else 'VIOLATED'}: map(list, {sent}) gave {got}", flush=True)
