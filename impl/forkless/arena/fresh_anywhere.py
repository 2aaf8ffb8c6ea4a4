"""Private memory where nothing special is known of the system."""

from __future__ import annotations


def own_copy(content: bytes | bytearray | memoryview) -> bytearray:
    """A copy that can be written to."""
    return bytearray(content)


def prefer_huge_pages(address: int, size: int) -> None:
    """Memory from `address` on is new and about to be filled: nothing makes that faster here."""
