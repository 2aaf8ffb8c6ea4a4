"""An argument that does not unpickle must not fail other tasks."""

import time
from concurrent.futures import ProcessPoolExecutor


class Argument:
    def __reduce__(self):
        return int, ("no number",)


if __name__ == "__main__":
    with ProcessPoolExecutor(2) as executor:
        other = executor.submit(time.sleep, 1)
        executor.submit(id, Argument())
        try:
            print(f"KEPT: another task, which is sound, gave {other.result()!r}")
        except Exception as error:
            print(f"VIOLATED: another task, which is sound, raised {error!r}")
