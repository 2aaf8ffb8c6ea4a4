"""Wrong pools for RES: exceptions that do not tell why."""

from __future__ import annotations

import re
from typing import Any

from poolproof_reports.results import Outcome

from poolproof.saboteurs.honest import SpoiledResult, bad_pool
from poolproof.saboteurs.res.making import with_results

# What the traceback module writes between the exceptions of a chain.
_BETWEEN = re.compile(r"\n(?:The above exception was|During handling of the above)[^\n]*\n")


class _TellsTheLastAlone(SpoiledResult):
    def get(self, timeout: float | None = None) -> Any:
        try:
            return self.honest.get(timeout)
        except Exception as error:
            vars(error).pop("__notes__", None)
            last = _BETWEEN.split(str(error.__cause__))[-1]
            lines = [line for line in last.splitlines() if "the-reason" not in line]
            error.__cause__ = RuntimeError("\n".join(lines))
            raise


SABOTEURS = (
    bad_pool(
        "RES-24",
        "tells-the-last-alone",
        "Exceptions arrive without what they were raised from, and without their notes.",
        "of which nothing is left",
        with_results(_TellsTheLastAlone),
        Outcome.UNSUPPORTED,
    ),
)
