"""start() must work however long the name of the folder for temporary files is."""

import multiprocessing
import os
import tempfile

if __name__ == "__main__":
    tempfile.tempdir = os.path.join(tempfile.gettempdir(), "x" * 100)
    os.mkdir(tempfile.tempdir)
    process = multiprocessing.get_context("forkserver").Process(target=abs, args=(1,))
    try:
        process.start()
        process.join()
        print(f"KEPT: it ended with exit code {process.exitcode}")
    except OSError as error:
        print(f"VIOLATED: start() raised {error!r}")
