"""A child must run with the -X options of its parent."""

import multiprocessing
import subprocess
import sys


def options():
    return sys._xoptions


if __name__ == "__main__":
    if not sys._xoptions:
        subprocess.run([sys.executable, "-X", "int_max_str_digits=0", __file__], check=True)
    else:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            seen = pool.apply(options)
        word = "KEPT" if seen == options() else "VIOLATED"
        print(f"{word}: the caller has {options()}, its child {seen}")
