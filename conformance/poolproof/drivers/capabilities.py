"""What a pool can be asked for: the words that `Rule.needs` and drivers share."""

from __future__ import annotations

from typing import Final

STARMAP: Final = "starmap"
MAP_ASYNC: Final = "map_async"
IMAP: Final = "imap"
IMAP_UNORDERED: Final = "imap_unordered"
CALLBACKS: Final = "callbacks"
TERMINATE: Final = "terminate"
INITIALIZER: Final = "initializer"
RECYCLING: Final = "recycling"
PROCESSES: Final = "processes"
RESTARTS: Final = "restarts"
CONTEXT: Final = "context"
TORCH: Final = "torch"
CUDA: Final = "cuda"
NUMPY: Final = "numpy"
WITH: Final = "with"
POSIX: Final = "posix"
AFFINITY: Final = "affinity"
RESIZE: Final = "resize"
METHODS: Final = "methods"
SHARES: Final = "shares"

DESCRIPTIONS: Final[dict[str, str]] = {
    STARMAP: "starmap(fn, rows): each row is unpacked into arguments",
    MAP_ASYNC: "map_async(fn, items): a map with callbacks, whose results are read later",
    IMAP: "imap(fn, items): an iterator over results, in order",
    IMAP_UNORDERED: "imap_unordered(fn, items): an iterator over results as they come",
    CALLBACKS: "callback= and error_callback= on submission, or add_done_callback",
    TERMINATE: "terminate(): ends the workers without waiting for their tasks",
    INITIALIZER: "initializer= and initargs=, run once in each worker",
    RECYCLING: "a limit on the tasks of one worker (maxtasksperchild, max_tasks_per_child)",
    PROCESSES: "tasks run in processes of their own, not in threads or interpreters",
    RESTARTS: "the pool replaces a dead worker and goes on",
    CONTEXT: "a multiprocessing context: Process, Lock, Queue, ... beside the pool",
    WITH: "it is a context manager, as in `with pool:`",
    TORCH: "torch is installed, so that tensors can be sent",
    CUDA: "torch sees a CUDA device, and workers are not forked: CUDA does not survive that",
    NUMPY: "numpy is installed, so that arrays can be sent",
    POSIX: "the system is POSIX: signals, umask, resource limits",
    AFFINITY: "the system lets a process choose its processors",
    RESIZE: "resize(workers): another number of workers, while the pool works",
    METHODS: "processes can be started in more than one way: fork, spawn, ...",
    SHARES: "a tensor that is sent is shared: a write on one side is seen on the other",
    "pool": "it looks like multiprocessing.Pool",
    "executor": "it looks like concurrent.futures.Executor",
}
