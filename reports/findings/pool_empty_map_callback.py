"""map_async() of no tasks is ready at once: its callback must be applied all the same."""

import multiprocessing

if __name__ == "__main__":
    with multiprocessing.Pool(1) as pool:
        called = []
        pool.map_async(abs, [], callback=called.append).get(10)
        pool.map_async(abs, [-1], callback=called.append).get(10)
        pool.close()
        pool.join()
        print(f"{'KEPT' if [] in called else 'VIOLATED'}: callbacks of [] and [-1] got {called}")
