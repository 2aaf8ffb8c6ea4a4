"""What each subcommand of ``poolproof matrix`` does."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable

from poolproof_matrix import cpython_suite, differences, removal, server, smoke, status_report
from poolproof_matrix.errors import MatrixError
from poolproof_matrix.host import find_wine, require_linux_x86_64
from poolproof_matrix.layout import find_checkout, wine_home
from poolproof_matrix.progress import Progress
from poolproof_matrix.session import windows_session

Command = Callable[[argparse.Namespace], int]


def setup(arguments: argparse.Namespace) -> int:
    """Set up, start the server once, and say how long each step took."""
    progress = Progress()
    with windows_session(arguments.python, progress) as session:
        code = session.run(["-c", "import sys; print('Windows CPython', sys.version)"])
    progress.say(f"ready: {wine_home().root}")
    return code


def run(arguments: argparse.Namespace) -> int:
    """Run Windows python.exe in the current folder."""
    with windows_session(arguments.python, Progress()) as session:
        return session.run(_rest(arguments))


def test(arguments: argparse.Namespace) -> int:
    """Run the checkout's tests under Wine."""
    differences.load()  # a broken list is told here, not from inside the Windows Python
    with windows_session(arguments.python, Progress()) as session:
        return session.run_tests(_rest(arguments))


def windows(arguments: argparse.Namespace) -> int:
    """Run the tests on Windows: with this interpreter where that is one, else under Wine."""
    if sys.platform == "win32":
        command = [sys.executable, "-m", "pytest", *_rest(arguments)]
        return subprocess.run(command, cwd=find_checkout(), check=False).returncode
    return test(arguments)


def smoke_test(arguments: argparse.Namespace) -> int:
    """Run the ordered list of real programs."""
    with windows_session(arguments.python, Progress()) as session:
        return smoke.run(session)


def cpython(arguments: argparse.Namespace) -> int:
    """Run CPython's own tests of multiprocessing on forkless."""
    with windows_session(arguments.python, Progress()) as session:
        return cpython_suite.run(session, _rest(arguments))


def status(arguments: argparse.Namespace) -> int:
    """Print what is set up."""
    require_linux_x86_64()
    report = status_report.collect(wine_home())
    if arguments.json:
        print(json.dumps(report.as_json(), indent=2))
    else:
        print(report.as_text())
    return 0


def stop(_arguments: argparse.Namespace) -> int:
    """End every process of the prefix."""
    require_linux_x86_64()
    wine = find_wine()
    ended = server.stop(wine_home().prefix, wine) if wine else 0
    print(f"{ended} processes ended")
    return 0


def remove(arguments: argparse.Namespace) -> int:
    """Delete the cache folder, after a question unless --yes."""
    require_linux_x86_64()
    home = wine_home()
    if not home.root.exists():
        print(f"nothing to remove at {home.root}")
        return 0
    if not arguments.yes:
        if not sys.stdin.isatty():
            raise MatrixError(f"there is nobody to ask; to delete {home.root} add --yes")
        if input(f"delete {home.root}? [y/N] ").strip().lower() != "y":
            return 1
    removal.remove(home)
    print(f"removed {home.root}")
    return 0


def _rest(arguments: argparse.Namespace) -> list[str]:
    rest: list[str] = arguments.rest
    return rest[1:] if rest[:1] == ["--"] else rest
