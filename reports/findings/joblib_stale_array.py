"""An array changed between two calls of one Parallel: tasks must see it as it is."""

import numpy
from joblib import Parallel, delayed

if __name__ == "__main__":
    for length in (1_000, 1_000_000):  # joblib sends arrays of more than 1 MB as files
        array = numpy.zeros(length)
        with Parallel(n_jobs=2) as parallel:
            first = parallel([delayed(numpy.max)(array)])
            array += 1
            second = parallel([delayed(numpy.max)(array)])
        got = [float(first[0]), float(second[0])]
    print(f"{'KEPT' if got == [0, 1] else 'VIOLATED'}: max of zeros, then of ones: {got}")
