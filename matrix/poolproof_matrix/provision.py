"""Set Windows up under Wine: make what is missing, keep what is current, hold it while it is used.

Guarantees:
- Whoever uses the cache holds its set-up lock shared, whoever changes it holds it alone.
- Each part has its own stamp: a change of pins rebuilds that part and those built into it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from poolproof_matrix import interpreter, prefix, site, stamps
from poolproof_matrix.errors import MatrixError
from poolproof_matrix.host import Wine, require_uv, require_wine
from poolproof_matrix.layout import WineHome
from poolproof_matrix.locks import locked
from poolproof_matrix.packages import Requirements, requirements
from poolproof_matrix.pins import WindowsPython
from poolproof_matrix.progress import Progress

SETUP_SECONDS = 3600
"""How long to wait for another command's set-up, or for running programs to end."""


@dataclass(frozen=True)
class Part:
    """One folder of the cache and the pins that decide its content."""

    title: str
    folder: Path
    pins: stamps.Pins

    @property
    def current(self) -> bool:
        """Whether the folder is complete and made from these pins."""
        return stamps.is_current(self.folder, self.pins)


@dataclass(frozen=True)
class Provision:
    """A Windows Python and all that set-up needs to make it."""

    home: WineHome
    python: WindowsPython
    wine: Wine
    uv: Path
    needs: Requirements

    def parts(self) -> tuple[Part, Part, Part]:
        """Return prefix, interpreter and packages, in the order in which they are made."""
        home, python = self.home, self.python
        base = interpreter.pins(python, self.needs)
        return (
            Part("Wine prefix", home.prefix, prefix.pins(self.wine)),
            Part(f"Windows CPython {python.release}", home.python(python), base),
            Part(
                f"Windows wheels for CPython {python.version}",
                home.site_packages(python),
                site.pins(python, self.needs),
            ),
        )

    def make(self, progress: Progress) -> None:
        """Make the parts that are not current; the caller holds the set-up lock alone."""
        boot, base, packages = self.parts()
        if not boot.current:
            with progress.step(boot.title):
                prefix.end_leftovers(self.home, self.wine)
                stamps.build(boot.folder, boot.pins, lambda f: prefix.make(f, self.home, self.wine))
        if not base.current:
            with progress.step(base.title):
                stamps.build(
                    base.folder,
                    base.pins,
                    lambda f: interpreter.make(f, self.python, self.needs, self.uv),
                )
        if not packages.current:
            with progress.step(packages.title):
                stamps.build(
                    packages.folder,
                    packages.pins,
                    lambda f: site.make(f, self.python, self.needs, self.uv, progress),
                )


def plan(home: WineHome, python: WindowsPython, checkout: Path, progress: Progress) -> Provision:
    """Return what is needed; installs Wine where that is allowed, else raises MatrixError."""
    wine = require_wine(progress)
    return Provision(home, python, wine, require_uv(), requirements(python, checkout))


@contextmanager
def ready(provision: Provision, progress: Progress) -> Iterator[None]:
    """Set up what is missing, and keep it in place while the caller works."""
    lock = provision.home.locks / "setup.lock"

    def waiting() -> None:
        progress.say("waiting for another command that uses the Windows set-up")

    if not _all_current(provision):
        with locked(lock, exclusive=True, seconds=SETUP_SECONDS, waiting=waiting):
            provision.make(progress)
    with locked(lock, exclusive=False, seconds=SETUP_SECONDS, waiting=waiting):
        if not _all_current(provision):
            raise MatrixError(
                "another command has changed the Windows set-up meanwhile (other pins in another "
                "checkout?); run this again, or give each its own POOLPROOF_WINE_HOME"
            )
        yield


def _all_current(provision: Provision) -> bool:
    return all(part.current for part in provision.parts())
