"""The input of an imap() raises: its reader must see the error."""

from billiard.pool import Pool


def items():
    yield -1
    yield -2
    raise LookupError("the input broke")


if __name__ == "__main__":
    pool = Pool(1)
    try:
        print(f"VIOLATED: imap() ended without an error after {list(pool.imap(abs, items()))}")
    except LookupError as error:
        print(f"KEPT: it raised {error!r}")
    pool.terminate()
    pool.join()
