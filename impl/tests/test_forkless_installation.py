"""Programs that were not written for forkless run with it, and nothing of it stays behind.

Programs run in an interpreter of their own: what install() changes is the whole process.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import forkless
import pytest
from test_forkless_process import posix_only

WITHIN = 120.0


def run(*arguments: str, folder: Path | None = None) -> str:
    """What ``python ARGUMENTS`` prints; it must succeed and say nothing on standard error."""
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, timeout=WITHIN, cwd=folder
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def program(folder: Path, text: str) -> str:
    """A script with *text*; returns its path."""
    path = folder / "program.py"
    path.write_text(text)
    return str(path)


def test_importing_forkless_is_light_and_changes_nothing() -> None:
    assert run(
        "-c",
        "import multiprocessing.context as c; before = dict(c._concrete_contexts)\n"
        "import sys, forkless; forkless.Process; forkless.get_context(); forkless.cpu_count()\n"
        "assert c._concrete_contexts == before\n"
        "heavy = {'torch', 'numpy', 'subprocess', 'ctypes'} & set(sys.modules)\n"
        "print(sorted(heavy))",
    ).split() == ["[]"]


def test_stands_in_for_multiprocessing() -> None:
    import multiprocessing

    assert [name for name in multiprocessing.__all__ if not hasattr(forkless, name)] == []


def test_stands_in_for_torch_multiprocessing() -> None:
    torch_mp = pytest.importorskip("torch.multiprocessing")
    assert [name for name in torch_mp.__all__ if not hasattr(forkless, name)] == []
    assert forkless.ProcessRaisedException is torch_mp.ProcessRaisedException


def test_unknown_name_is_an_attribute_error_that_names_what_there_is() -> None:
    with pytest.raises(AttributeError, match="warm_up"):
        _ = forkless.no_such_name


def test_uninstall_undoes_exactly_what_install_lists() -> None:
    assert (
        run(
            "-c",
            "import multiprocessing as mp, multiprocessing.context as c\n"
            "from multiprocessing import spawn, synchronize\n"
            "def state(): return (dict(c._concrete_contexts), dict(vars(c._default_context)),\n"
            "    mp.Pool, mp.get_all_start_methods, spawn.get_preparation_data,\n"
            "    synchronize.SemLock.__init__, c.get_spawning_popen)\n"
            "import forkless; before = state()\n"
            "listed = forkless.install()\n"
            "assert forkless.install() == listed and len(listed) >= 7\n"
            "assert mp.get_context('forkserver').get_start_method() == 'forkserver'\n"
            "assert 'forkserver' in mp.get_all_start_methods()\n"
            "forkless.uninstall(); assert state() == before; print(*listed, sep='\\n')",
        ).count(": ")
        >= 7
    )


CHOSEN = """
import multiprocessing as mp
import forkless
if __name__ == "__main__":
    forkless.install()
    mp.set_start_method("forkserver")
    forkless.uninstall()
    process = forkless.Process(target=print, args=("it works",))
    process.start()
    process.join()
    print(process.exitcode, type(mp.get_context()).__module__, mp.get_start_method())
"""


def test_start_method_that_was_set_meanwhile_is_native_after_uninstall(tmp_path: Path) -> None:
    """Regression: on Windows the children then looked for a context that they could not find."""
    native = "spawn" if sys.platform == "win32" else "forkserver"
    said = run(program(tmp_path, CHOSEN)).splitlines()
    assert said == ["it works", f"0 multiprocessing.context {native}"]


SCRIPT = """
import multiprocessing as mp
import os, sys
def target(queue):
    queue.put((mp.get_start_method(), "forkserver" in mp.get_all_start_methods(), sys.argv[1:]))
if __name__ == "__main__":
    assert __spec__ is None and __file__ == os.path.abspath(__file__)
    assert sys.path[0] == os.path.dirname(os.path.realpath(__file__)), sys.path
    mp.set_start_method("forkserver")
    queue = mp.SimpleQueue()
    process = mp.Process(target=target, args=(queue,))
    process.start()
    print(queue.get())
    process.join()
    print(process.exitcode, type(process._popen).method)
"""


def test_what_looks_at_the_native_server_finds_the_one_in_its_place() -> None:
    assert run(
        "-c",
        "import forkless; forkless.install()\n"
        "from multiprocessing import forkserver as f\n"
        "f._forkserver.ensure_running()\n"
        "found, pid = forkless.status().server_pid, f._forkserver._forkserver_pid\n"
        "forkless.uninstall()\n"
        "print(None is not found == pid, hasattr(f._forkserver, '_forkserver_address'))",
    ).split() == ["True", "True"]


def test_script_that_asks_for_forkserver_by_name_runs(tmp_path: Path) -> None:
    script = program(tmp_path, SCRIPT)
    assert run("-m", "forkless", script, "--an", "option").splitlines() == [
        "('forkserver', True, ['--an', 'option'])",
        "0 forkless",
    ]


def test_module_runs_as_with_python_m(tmp_path: Path) -> None:
    text = SCRIPT.replace("__spec__ is None", "__spec__.name == 'program'")
    program(tmp_path, text.replace("os.path.dirname(os.path.realpath(__file__))", "os.getcwd()"))
    assert "0 forkless" in run("-m", "forkless", "-m", "program", folder=tmp_path)


def test_code_runs_as_with_python_c() -> None:
    code = "import sys, forkless.installation as i; print(sys.argv, i.is_installed())"
    assert run("-m", "forkless", "-c", code, "x").strip() == "['-c', 'x'] True"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [(["no-such.py"], "is no file"), ([], "SCRIPT"), (["--no-such-option", "x"], "no-such-option")],
)
def test_bad_command_line_is_one_line_and_exit_code_2(arguments: list[str], complaint: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "forkless", *arguments],
        capture_output=True, text=True, timeout=WITHIN,
    )  # fmt: skip
    assert done.returncode == 2
    assert complaint in done.stderr.splitlines()[-1]


SENT_LATER = """
import multiprocessing as mp
from multiprocessing.reduction import ForkingPickler
from forkless_targets import receive_pickles
if __name__ == "__main__":
    array = mp.Array("d", 4)                       # of the default context
    ours, theirs = mp.Pipe()
    process = mp.get_context("forkserver").Process(target=receive_pickles, args=(theirs,))
    process.start()
    for place in range(4):
        ours.send_bytes(ForkingPickler.dumps((array, place)))
        assert ours.recv() == "written"
    ours.send_bytes(b"")
    process.join()
    print(process.exitcode, list(array))
"""


def test_array_of_the_default_context_can_be_sent_to_a_running_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a task argument is; CPython refuses, and a fork context's lock has no name to find."""
    here = os.path.dirname(__file__)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([here, os.environ.get("PYTHONPATH", "")]))
    script = program(tmp_path, SENT_LATER)
    assert run("-m", "forkless", script).strip() == "0 [0.0, 2.0, 4.0, 6.0]"


NATIVE = """
import multiprocessing as mp
if __name__ == "__main__":
    with mp.Pool(2, mp_context="spawn") as pool:
        print(pool.map(abs, [-1, -2]), type(pool).__module__)
"""


def test_pool_takes_a_native_context_by_name(tmp_path: Path) -> None:
    script = program(tmp_path, NATIVE)
    assert run("-m", "forkless", script).strip() == "[1, 2] multiprocessing.pool"


POOLED = """
import torch
import torch.multiprocessing as mp
def add_up(data, output, place):
    output[place] = data[place].sum()
    return data[place] * 2
if __name__ == "__main__":
    data = torch.arange(12.0).reshape(4, 3)
    output = mp.Array("d", 4)
    with mp.get_context("forkserver").Pool(2) as pool:
        doubled = pool.starmap(add_up, [(data, output, place) for place in range(4)])
    assert torch.equal(torch.stack(doubled), data * 2)
    with mp.Pool(2, mp_context="forkserver") as pool:
        print(list(output), sum(pool.map(torch.sum, list(data))))
"""


def test_torch_pool_by_name_and_array_of_the_default_context_as_task_argument(
    tmp_path: Path,
) -> None:
    pytest.importorskip("torch")
    script = program(tmp_path, POOLED)
    assert run("-m", "forkless", script).strip() == "[3.0, 12.0, 21.0, 30.0] tensor(66.)"


@posix_only
def test_forked_children_of_an_installed_program_still_work(tmp_path: Path) -> None:
    script = program(
        tmp_path,
        "import multiprocessing as mp\n"
        "with mp.get_context('fork').Pool(2) as pool: print(pool.map(abs, [-1, -2]))\n",
    )
    assert run("-m", "forkless", script).strip() == "[1, 2]"
