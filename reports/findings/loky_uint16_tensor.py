"""A uint16 tensor must reach a task, or fail that task alone."""

import loky
import torch

if __name__ == "__main__":
    executor = loky.ProcessPoolExecutor(1)
    try:
        got = executor.submit(torch.clone, torch.ones(2, dtype=torch.uint16)).result()
        print(f"KEPT: got {got.tolist()}")
    except Exception as error:
        print(f"VIOLATED: {type(error).__name__}: {error} {str(error.__cause__).strip()[-90:]}")
    executor.shutdown(kill_workers=True)
