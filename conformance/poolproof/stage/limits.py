"""Limits of this process, lowered for a while; where the system has none of a kind, nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

if sys.platform == "win32":

    @contextmanager
    def descriptors(at_most: int) -> Iterator[None]:
        """At most so many open files: Windows has no such limit on handles."""
        yield

else:
    import resource

    @contextmanager
    def descriptors(at_most: int) -> Iterator[None]:
        """At most so many open files."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        lower = at_most if soft == resource.RLIM_INFINITY else min(soft, at_most)
        resource.setrlimit(resource.RLIMIT_NOFILE, (lower, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
