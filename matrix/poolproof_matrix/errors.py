"""The error that ends a command with one line of explanation and exit code 2."""

from __future__ import annotations


class MatrixError(Exception):
    """What was asked for cannot be done here; the text names the way out."""
