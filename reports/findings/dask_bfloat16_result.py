"""A task returns a bfloat16 or a sparse tensor: the client must be able to read it."""

import torch
from distributed import Client


def make(kind):
    return torch.eye(2, dtype=torch.bfloat16) if kind == "bfloat16" else torch.eye(2).to_sparse()


if __name__ == "__main__":
    with Client(n_workers=1, threads_per_worker=1, dashboard_address=None) as client:
        failed = []
        for kind in ("bfloat16", "sparse"):
            try:
                client.submit(make, kind).result()
            except TypeError as error:
                failed.append(f"{kind}: {str(error).splitlines()[0]}")
        print(f"{'VIOLATED' if failed else 'KEPT'}: {failed or 'both arrived'}", flush=True)
