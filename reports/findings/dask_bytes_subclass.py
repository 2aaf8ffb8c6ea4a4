"""A result of a class below bytes must arrive in that class."""

import numpy
from distributed import Client

if __name__ == "__main__":
    with Client(n_workers=1, threads_per_worker=1, dashboard_address=None) as client:
        sent = numpy.bytes_(b"abc")
        got = client.submit(numpy.bytes_, b"abc").result()
        word = "KEPT" if type(got) is type(sent) else "VIOLATED"
        print(f"{word}: {sent!r} came back as {got!r}", flush=True)
