"""An argument changed after submit() returned: the task must see it as it was."""

import threading
from concurrent.futures import ProcessPoolExecutor

gate = threading.Event()


class Slow:
    def __reduce__(self):
        gate.wait(3)
        return int, ()


if __name__ == "__main__":
    with ProcessPoolExecutor(1) as executor:
        executor.submit(abs, Slow())  # any task that takes a while to pickle
        argument = [1]
        future = executor.submit(list, argument)
        argument[0] = 2
        gate.set()
        got = future.result()
        print(f"{'VIOLATED' if got == [2] else 'KEPT'}: submitted [1], the task saw {got}")
