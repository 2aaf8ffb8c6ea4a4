"""What processes are run with: set_executable, frozen programs, virtual environments."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from multiprocessing import spawn
from pathlib import Path
from typing import Any

import forkless
import pytest
from forkless._pyinstaller import get_hook_dirs
from test_forkless_process import WITHIN, ask, posix_only

PACKAGE_FOLDER = str(Path(forkless.__file__).parents[1])


@pytest.fixture
def executable_restored() -> Iterator[None]:
    before = spawn.get_executable()
    yield
    forkless.set_executable(before)


def send_interpreter(connection: Any) -> None:
    connection.send((sys.executable, sys.prefix, sys._base_executable, os.getpid()))  # type: ignore[attr-defined]


def environment(folder: Path) -> str:
    """The python of a new virtual environment in *folder*."""
    venv = pytest.importorskip("venv", reason="this Python is an embeddable one, without venv")
    venv.create(folder, with_pip=False)
    name = "Scripts/python.exe" if sys.platform == "win32" else "bin/python"
    return str(folder / name)


def test_children_run_with_the_executable_that_was_set(
    tmp_path: Path, executable_restored: None
) -> None:
    chosen = environment(tmp_path / "other")
    forkless.warm_up(1, wait=True)
    forkless.set_executable(chosen)
    executable, prefix, _, _ = ask(forkless.get_context(), send_interpreter)
    assert executable == chosen
    assert os.path.samefile(prefix, tmp_path / "other")


IN_ENVIRONMENT = """
import os, sys
import forkless
def target(connection):
    connection.send((sys.executable, sys.prefix, os.getpid(), os.getppid()))
    connection.recv()
if __name__ == "__main__":
    forkless.warm_up(1, wait=60)
    ours, theirs = forkless.Pipe()
    process = forkless.Process(target=target, args=(theirs,))
    process.start()
    executable, prefix, pid, parent = ours.recv()
    print(executable == sys.executable, prefix == sys.prefix != sys.base_prefix)
    print(pid == process.pid, parent == os.getpid(), pid in forkless.status().children)
    process.terminate()
    process.join(60)
    print(process.exitcode, forkless.status().hits)
"""


@pytest.mark.skipif(sys.platform != "win32", reason="elsewhere an environment's python is a link")
def test_processes_of_a_windows_environment_are_those_of_the_real_interpreter(
    tmp_path: Path,
) -> None:
    """Its python.exe only starts the real one, which a variable tells; here it is not even there.

    https://github.com/python/cpython/issues/79978
    """
    base: str = sys._base_executable  # type: ignore[attr-defined]
    (tmp_path / "pyvenv.cfg").write_text(f"home = {os.path.dirname(base)}\n")
    (tmp_path / "program.py").write_text(IN_ENVIRONMENT)
    launcher = {"__PYVENV_LAUNCHER__": str(tmp_path / "Scripts" / "python.exe")}
    done = subprocess.run(
        [base, str(tmp_path / "program.py")],
        capture_output=True, text=True, timeout=WITHIN, env={**os.environ, **launcher},
    )  # fmt: skip
    expected = ["True True", "True True True", "-15 1"]
    assert done.stdout.splitlines() == expected, done.stderr


FROZEN = """
import sys
sys.frozen, sys.executable = True, __file__
import multiprocessing
def run_helper():                  # as PyInstaller has it: multiprocessing's resource tracker
    if sys.argv[-2:-1] == ["-c"]:
        sys.exit(exec(sys.argv[-1]))
multiprocessing.freeze_support = run_helper
import forkless
def target(queue):
    queue.put((__name__, sys.argv[1:], type(forkless.get_context()).__name__))
if __name__ == "__main__":
    {support}
    forkless.warm_up(1, wait=60)
    queue = forkless.SimpleQueue()
    process = forkless.Process(target=target, args=(queue,))
    process.start()
    print(queue.get())
    process.join(60)
    print(process.exitcode, forkless.status().hits)
"""


def frozen(folder: Path, support: str) -> str:
    """An executable that does what a frozen program does: it runs its main module, always."""
    program = folder / "program"
    program.write_text(f"#!{sys.executable}\n{FROZEN.format(support=support)}")
    program.chmod(0o755)
    return str(program)


@posix_only
@pytest.mark.parametrize("support", ["forkless", "forkless.get_context()"])
def test_frozen_program_is_its_own_server_and_spare(tmp_path: Path, support: str) -> None:
    program = frozen(tmp_path, f"{support}.freeze_support()")
    done = subprocess.run(
        [program, "an argument"], capture_output=True, text=True, timeout=WITHIN, check=True
    )
    assert done.stdout.splitlines() == [
        "('__main__', ['an argument'], 'ForklessContext')",
        "0 1",
    ]
    assert done.stderr == ""


def test_frozen_program_that_does_not_know_its_flag_is_refused_and_not_run_again(
    tmp_path: Path,
) -> None:
    """Else each server would be the program once more, which starts a server, and so on."""
    program = tmp_path / "program.py"
    program.write_text(FROZEN.format(support="print('begins')"))
    done = subprocess.run(
        [sys.executable, str(program)], capture_output=True, text=True, timeout=WITHIN
    )
    assert done.stdout.splitlines() == ["begins"]
    assert "call forkless.freeze_support() first" in done.stderr.splitlines()[-1]


BUNDLED = """
import os, sys
import forkless
def target(queue):
    queue.put((os.getppid(), sys.frozen, __name__))
if __name__ == "__main__":
    forkless.freeze_support()
    forkless.warm_up(2, wait=60)
    queue = forkless.SimpleQueue()
    processes = [forkless.Process(target=target, args=(queue,)) for _ in range(3)]
    for process in processes:
        process.start()
    print(*{queue.get() == (os.getpid(), True, "__main__") for _ in processes})
    for process in processes:
        process.join(60)
    print(*[process.exitcode for process in processes])
    with forkless.Pool(2) as pool:
        print(pool.map(abs, [-1, -2]))
"""


@pytest.mark.parametrize("form", ["--onedir", "--onefile"])
def test_program_bundled_by_pyinstaller_runs(tmp_path: Path, form: str) -> None:
    pytest.importorskip("PyInstaller")
    (tmp_path / "program.py").write_text(BUNDLED)
    # What an installed forkless says of itself is said here by options.
    options = ["--paths", PACKAGE_FOLDER, "--additional-hooks-dir", *get_hook_dirs()]
    subprocess.run(
        [sys.executable, "-m", "PyInstaller", form, *options, "program.py"],
        capture_output=True, timeout=5 * WITHIN, cwd=tmp_path, check=True,
    )  # fmt: skip
    program = tmp_path / "dist" / "program" / ("program" if form == "--onedir" else "")
    done = subprocess.run(
        [str(program)], capture_output=True, text=True, timeout=WITHIN, cwd=tmp_path
    )
    assert done.stdout.splitlines() == ["True", "0 0 0", "[1, 2]"], done.stderr
    assert done.stderr == ""
