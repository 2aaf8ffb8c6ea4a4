"""A task for a closed pool must be refused, as multiprocessing does."""

from billiard.pool import Pool

if __name__ == "__main__":
    pool = Pool(1)
    pool.close()
    try:
        print(f"VIOLATED: apply_async() of a closed pool gave {pool.apply_async(abs, (-1,))}")
    except ValueError as error:
        print(f"KEPT: it raised {error!r}")
    pool.terminate()
    pool.join()
