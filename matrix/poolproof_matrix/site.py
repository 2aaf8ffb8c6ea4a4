"""Fill a Windows Python's site-packages."""

from __future__ import annotations

from pathlib import Path

from poolproof_matrix.packages import Requirements
from poolproof_matrix.pins import WindowsPython
from poolproof_matrix.progress import Progress
from poolproof_matrix.windows_wheels import compile_all, install

GUEST = Path(__file__).with_name("guest") / "sitecustomize.py"


def pins(python: WindowsPython, needs: Requirements) -> dict[str, object]:
    """Return all that decides what site-packages holds."""
    return {
        "release": python.release,
        "packages": list(needs.packages),
        "constraints": list(needs.constraints),
        "sitecustomize": GUEST.read_text(encoding="utf-8"),
    }


def make(
    folder: Path, python: WindowsPython, needs: Requirements, uv: Path, progress: Progress
) -> None:
    """Fill the empty *folder* with the wheels, compiled where this machine has the right Python."""
    install(folder, python, needs.packages, needs.constraints, uv)
    (folder / GUEST.name).write_bytes(GUEST.read_bytes())
    with progress.step("compiling them"):
        if not compile_all(folder, python, uv):
            progress.say(
                f"no Python {python.version} here to compile with: first imports will be slow"
            )
