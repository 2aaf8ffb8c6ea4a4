"""Real Windows programs under Wine; these run where `poolproof matrix wine setup` has been run."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from poolproof.emulation import emulation
from poolproof_matrix.errors import MatrixError
from poolproof_matrix.host import find_wine, require_linux_x86_64, require_uv
from poolproof_matrix.layout import find_checkout, windows_path, wine_home
from poolproof_matrix.packages import requirements
from poolproof_matrix.pins import DEFAULT_PYTHON, windows_python
from poolproof_matrix.provision import Provision


def _why_not() -> str:
    """Return why no Windows program can run here without a download, or nothing."""
    try:
        require_linux_x86_64()
        wine, uv = find_wine(), require_uv()
    except MatrixError as error:
        return str(error)
    if wine is None:
        return "Wine is not installed"
    python = windows_python(DEFAULT_PYTHON)
    needs = requirements(python, find_checkout(Path(__file__)))
    provision = Provision(wine_home(), python, wine, uv, needs)
    missing = [part.title for part in provision.parts() if not part.current]
    return f"not set up: {', '.join(missing)}" if missing else ""


needs_setup = pytest.mark.skipif(bool(_why_not()), reason=_why_not() or "set up")


def _windows(program: str, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "poolproof_matrix", "wine", "run", "--", "-c", program]
    checkout = find_checkout(Path(__file__))
    return subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, cwd=checkout, **options
    )


def test_only_wine_is_an_emulation() -> None:
    """Under Wine this test runs too, in the Windows Python."""
    if sys.platform == "win32":
        import ctypes

        expected = hasattr(ctypes.WinDLL("ntdll"), "wine_get_version")
        assert emulation().startswith("wine-") is expected
    else:
        assert emulation() == ""


@needs_setup
def test_windows_python_has_the_projects_packages_and_entry_points() -> None:
    done = _windows(
        "import sys, forkless, poolproof.emulation as e, importlib.metadata as m\n"
        "found = {p.name for g in ('poolproof.commands', 'pytest11', 'console_scripts')"
        " for p in m.entry_points(group=g)}\n"
        "print(sys.platform, e.emulation(), {'matrix', 'poolproof'} <= found)"
    )
    assert done.stdout.split()[::2] == ["win32", "True"], done
    assert done.stdout.split()[1].startswith("wine-")


@needs_setup
def test_modules_come_from_folders_and_archives_and_the_librarys_is_opened_once(
    tmp_path: Path,
) -> None:
    (tmp_path / "lying.py").write_text("found = 'lying'")
    with zipfile.ZipFile(tmp_path / "some.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("packed.py", "found = 'packed'")
    places = [windows_path(tmp_path), windows_path(tmp_path / "some.zip")]
    done = _windows(
        "import sys\n"
        "opened = []\n"
        "def heard(event, details): event == 'open' and opened.append(str(details[0]))\n"
        "sys.addaudithook(heard)\n"
        f"sys.path += {places!r}\n"
        "import calendar, csv, wave, lying, packed\n"
        "library = [name for name in opened if name.startswith(sys.prefix) and '.zip' in name]\n"
        "print(lying.found, packed.found, len(library) < 2)"
    )
    assert done.stdout.split() == ["lying", "packed", "True"], done


@needs_setup
def test_exit_code_and_streams_of_a_windows_program_arrive() -> None:
    done = _windows(
        "import sys; print(sys.stdin.read()); print('err', file=sys.stderr); sys.exit(7)",
        input="text",
    )
    assert (done.stdout, done.returncode) == ("text\n", 7)
    assert "err" in done.stderr


@needs_setup
def test_windows_children_left_over_are_ended() -> None:
    done = _windows(
        "import subprocess, sys\n"
        "subprocess.Popen([sys.executable, '-c', 'import threading; threading.Event().wait()'])"
    )
    assert done.returncode == 0
    assert "1 of its processes had not" in done.stderr


@needs_setup
def test_windows_torch_computes() -> None:
    done = _windows("import torch; print(torch.arange(5).sum().item())")
    assert done.stdout == "10\n", done.stderr
