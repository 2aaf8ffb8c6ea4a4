"""Is a concurrent history explained by some order of its operations? Pure functions, no pool.

A history is *linearizable* (Herlihy and Wing, https://doi.org/10.1145/78969.78972) if each
operation can be given one instant between its call and its end, such that a sequential object that
is asked in that order answers the same.

    from poolproof.linearizability import Operation, queue

    answer = queue([
        Operation("put", call=0, end=1, argument="a", process=1),
        Operation("put", call=2, end=3, argument="b", process=1),
        Operation("get", call=4, end=5, result="b", process=2),
    ])
    answer.legal   # False
    answer.why     # put('a') by 1 ended before put('b') by 1 began, so 'a' was ahead of 'b'; ...

    open("history.svg", "w").write(timeline(history, answer))

Exact and near-linear: `register`, `counter`, `tickets`, `queue`, `stack`, `lock`, `semaphore`. They
take unique values, which whoever records a history can see to. Anything else is a `Model` (`models`
has those of all these objects) and `search`, exponential in the number of operations that overlap.
"""

from .counters import counter, tickets
from .locks import lock, semaphore
from .models import WRONG, Model, keyed
from .operations import NEVER, Answer, Operation, operations
from .queues import queue
from .registers import register
from .search import search
from .stacks import stack
from .timeline import timeline

__all__ = [
    "NEVER",
    "WRONG",
    "Answer",
    "Model",
    "Operation",
    "counter",
    "keyed",
    "lock",
    "operations",
    "queue",
    "register",
    "search",
    "semaphore",
    "stack",
    "tickets",
    "timeline",
]
