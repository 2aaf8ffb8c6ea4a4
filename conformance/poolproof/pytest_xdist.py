"""With xdist: all rules of one pool and start method go to one worker, in order.

A rule means nothing unless those hold that it comes after, which is known where they were judged;
and two stages of one pool would only take each other's processors.
"""

from __future__ import annotations

import re

from xdist.scheduler import LoadScopeScheduling

_CASE = re.compile(r"(.*::test_rule\[.*)-[A-Z]+-\d+\]$")


class StageScheduling(LoadScopeScheduling):  # type: ignore[misc,unused-ignore]
    """xdist's own scheduling by scope, where the scope is a stage; other tests go one by one."""

    def _split_scope(self, nodeid: str) -> str:
        found = _CASE.match(nodeid)
        return found[1] if found else nodeid
