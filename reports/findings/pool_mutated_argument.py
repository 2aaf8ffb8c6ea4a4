"""An argument changed after apply_async() returned: the task must see it as it was."""

import multiprocessing
import threading

gate = threading.Event()


class Slow:
    def __reduce__(self):
        gate.wait(3)
        return int, ()


if __name__ == "__main__":
    with multiprocessing.Pool(1) as pool:
        pool.apply_async(abs, (Slow(),))  # any task that takes a while to pickle
        argument = [1]
        result = pool.apply_async(list, (argument,))
        argument[0] = 2
        gate.set()
        got = result.get(10)
        print(f"{'VIOLATED' if got == [2] else 'KEPT'}: submitted [1], the task saw {got}")
