"""Read a TOML file on every supported Python."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from poolproof_matrix.errors import MatrixError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def read_toml(path: Path) -> dict[str, Any]:
    """Return the content of *path*; raise MatrixError naming the file when it is no TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise MatrixError(f"cannot read {path}: {error}; restore it from the repository") from None
