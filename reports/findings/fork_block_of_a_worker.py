"""A block of shared memory that a worker made and its caller unlinked must be freed once."""

import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from multiprocessing.shared_memory import SharedMemory


def make():
    block = SharedMemory(create=True, size=64)
    block.close()
    return block.name


if __name__ == "__main__":
    if "owner" in sys.argv:
        with ProcessPoolExecutor(1, get_context("fork")) as executor:
            block = SharedMemory(executor.submit(make).result())
            block.close()
            block.unlink()
    else:
        command = [sys.executable, __file__, "owner"]
        said = subprocess.run(command, capture_output=True, text=True).stderr
        print(f"VIOLATED: {said.splitlines()[0]}" if said else "KEPT: nobody complained")
