"""A result that names one list twice must name one list twice where it arrives."""

from distributed import Client


def twice() -> list[list[int]]:
    one: list[int] = []
    return [one, one]


if __name__ == "__main__":
    with Client(n_workers=1, threads_per_worker=1, dashboard_address=None) as client:
        got = client.submit(twice).result()
        got[0].append(1)
        word = "KEPT" if got[1] == [1] else "VIOLATED"
        print(f"{word}: after [one, one][0].append(1) the result is {got}", flush=True)
