"""Makes a file of expectations say what results show."""

from __future__ import annotations

from collections.abc import Sequence

from poolproof.expectations import Expectation
from poolproof.expectations.editing import Ledger
from poolproof.expectations.observations import Cells
from poolproof.expectations.revising import Change, Step, revise

_ROUNDS = 5  # an entry that goes can uncover one behind it, not many


def settle(ledger: Ledger, inherited: Sequence[Expectation], cells: Cells) -> list[Change]:
    """Edit the ledger until the results have nothing against it but what a person must look at.

    Returns:
        What was changed, and what is left to look at.
    """
    done: list[Change] = []
    for _ in range(_ROUNDS):
        found = revise(ledger.entries, inherited, cells)
        written = [change for change in found if change.step is not Step.LOOK]
        if not written:
            return done + found
        _write(ledger, written)
        done += written
    raise RuntimeError(f"{ledger.name} does not settle: {done[-1]}")


def _write(ledger: Ledger, changes: Sequence[Change]) -> None:
    removed = []
    for change in changes:
        if change.step is Step.REMOVE:
            assert change.number is not None
            removed.append(change.number)
        elif change.step is Step.CHANGE:
            assert change.number is not None
            assert change.entry is not None
            ledger.rewrite(change.number, change.entry)
    for number in sorted(removed, reverse=True):
        ledger.remove(number)
    for change in changes:
        if change.step is Step.ADD:
            assert change.entry is not None
            ledger.add(change.entry)
