"""resize_() of a tensor that was sent must work, or raise: it is in shared memory now."""

import sys

import torch
import torch.multiprocessing


def child():
    queue = torch.multiprocessing.SimpleQueue()
    tensor = torch.ones(10)
    queue.put(tensor)
    try:
        tensor.resize_(20)
    except RuntimeError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    process = torch.multiprocessing.get_context("spawn").Process(target=child)
    process.start()
    process.join()
    word = "VIOLATED" if process.exitcode < 0 else "KEPT"
    print(f"{word}: the program that called it ended with exit code {process.exitcode}")
