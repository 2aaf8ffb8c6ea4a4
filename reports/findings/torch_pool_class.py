"""The class torch.multiprocessing.pool.Pool must open, as its base class does."""

import torch.multiprocessing.pool

if __name__ == "__main__":
    try:
        with torch.multiprocessing.pool.Pool(1) as pool:
            print(f"KEPT: a task gave {pool.apply(abs, (-1,))}")
    except TypeError as error:
        print(f"VIOLATED: Pool(1) raised {error!r}")
