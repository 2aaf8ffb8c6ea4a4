"""A Process with some hundred connections as arguments must start, as it does by spawn."""

import multiprocessing


def take(connections):
    pass


if __name__ == "__main__":
    context = multiprocessing.get_context("forkserver")
    writers = [context.Pipe(duplex=False) for _ in range(300)]
    process = context.Process(target=take, args=(writers,))
    try:
        process.start()
        process.join()
        print(f"KEPT: it ended with exit code {process.exitcode}")
    except Exception as error:
        print(f"VIOLATED: start() raised {error!r}")
