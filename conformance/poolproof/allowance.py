"""How the time that a profile has for all rules is shared among them.

Guarantees:
    - What quick rules leave of their share goes to those after them.
    - What rules need beyond their share for the least number of plans is taken from the shares of
      all that are left: else those in front would try twenty plans, and those at the end none.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from poolproof.emulation import emulation
from poolproof.profiles import Profile

_MEANINGFUL = 40  # rules, for a mean of theirs: the first one opens the pools that others use too
# That mean is of what was judged, and the rules that need most come last. Under Wine, beside ten
# other programs, 1.5 left nothing for the last 22 of 196 rules, and 3 nothing for seven.
_CAUTION = 4.0
EMULATED = 4.0  # times as long as a system of its own may Wine take for all rules


@dataclass
class Allowance:
    """The time of one pool and start method; all of it in seconds of this machine."""

    profile: Profile
    clock: Callable[[], float] = time.monotonic
    _started: float = field(init=False)
    _failing_s: float = 0.0  # does not count: a pool that hangs often would be judged by few rules
    _overdrawn_s: float = 0.0
    _judged: int = 0

    def __post_init__(self) -> None:
        self._started = self.clock()

    def left_s(self, slowness: float) -> float:
        """What is left for all rules to come, on a machine that is so slow."""
        patience_s = self.profile.subject_s * max(EMULATED if emulation() else 1.0, slowness)
        return patience_s - (self.clock() - self._started - self._failing_s)

    def share_s(self, rules_left: int, slowness: float) -> float:
        """What the next rule may take, of `rules_left` with it, once it has its least plans."""
        even = self.left_s(slowness) / rules_left
        overdrawn = self._overdrawn_s / max(_MEANINGFUL, self._judged)
        return max(0.0, min(self.profile.rule_s * slowness, even - _CAUTION * overdrawn))

    def spent(self, share_s: float, took_s: float, failing_s: float) -> None:
        """A rule with that share is done; `failing_s` of what it took was for its failure."""
        self._judged += 1
        self._failing_s += failing_s
        self._overdrawn_s += max(0.0, took_s - failing_s - share_s)
