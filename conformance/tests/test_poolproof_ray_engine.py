"""A deep run over the machines of a Ray cluster: one report, whichever machine judged what.

Ray runs in programs of their own: in a process that joined a cluster, descriptors stay open.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import poolproof_selftest_rules as own
import pytest
from poolproof import cli
from poolproof.cli.run import FAILED
from poolproof_reports.results import Outcome, load

WITHIN = 120.0
TWO_NODES = Path(__file__).with_name("poolproof_two_nodes.py")

needs_ray = pytest.mark.skipif(
    find_spec("ray") is None, reason="Ray is not installed; `tox -e ray` has it"
)
pytestmark = pytest.mark.usefixtures("_stage_finds_test_modules")


class TwoNodes:
    """A cluster in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.address = self._line()

    def lose_node_of(self, pid: int) -> None:
        """End the node that this process is on, as a power cut would."""
        assert self._process.stdin is not None
        print(pid, file=self._process.stdin, flush=True)
        assert self._line() == "lost"

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


@pytest.fixture
def marker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file in which BLOCKS_ONCE says that it blocks."""
    path = tmp_path / "blocks"
    monkeypatch.setenv(own.MARKER, str(path))
    return path


@pytest.fixture
def cluster(_stage_finds_test_modules: None, marker: Path) -> Iterator[TwoNodes]:
    command = [sys.executable, str(TWO_NODES)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield TwoNodes(process)
        finally:
            process.communicate(timeout=WITHIN)


def deep(folder: Path, address: str, *rules: str) -> list[str]:
    command = [sys.executable, "-m", "poolproof", "run", "--pool", "threads", "--seed", "0"]
    command += ["--profile", "deep", "--engine", "ray", "--ray-address", address]
    command += ["--out", str(folder), "--database", str(folder / "database")]
    return [*command, *(part for name in rules for part in ("--rule", f"{own.__name__}:{name}"))]


def outcomes(folder: Path) -> dict[str, Outcome]:
    (subject,) = load(folder / "result.json").subjects
    return {result.rule.partition(":")[2]: result.outcome for result in subject.rules}


@needs_ray
def test_machines_judge_and_one_report_has_it_all(cluster: TwoNodes, tmp_path: Path) -> None:
    command = deep(tmp_path, cluster.address, "SHRINKS", "AFTER_A_BROKEN_ONE", "CRASHES")
    done = subprocess.run(command, capture_output=True, text=True, timeout=WITHIN)
    assert done.returncode == FAILED, done.stderr
    assert outcomes(tmp_path) == {
        "SHRINKS": Outcome.FAIL,
        "AFTER_A_BROKEN_ONE": Outcome.NOTRUN,
        "CRASHES": Outcome.CRASH,
    }
    assert load(tmp_path / "result.json").complete
    kept = {path.name.partition("-")[0] for path in (tmp_path / "failures").iterdir()}
    assert kept == {f"{own.__name__}.SHRINKS", f"{own.__name__}.CRASHES"}
    assert any(path.is_file() for path in (tmp_path / "database").rglob("*"))


@needs_ray
def test_a_machine_that_is_lost_costs_no_verdict(
    cluster: TwoNodes, marker: Path, tmp_path: Path
) -> None:
    command = deep(tmp_path, cluster.address, "BLOCKS_ONCE")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        cluster.lose_node_of(_pid(marker, process))
        out, _ = process.communicate(timeout=WITHIN)
    assert process.returncode == FAILED, out
    assert outcomes(tmp_path) == {"BLOCKS_ONCE": Outcome.FAIL}


def _pid(marker: Path, process: subprocess.Popen[str]) -> int:
    deadline = time.monotonic() + WITHIN
    while not marker.exists() or not (text := marker.read_text(encoding="ascii")):
        assert process.poll() is None
        assert time.monotonic() < deadline, "no machine judges"
        time.sleep(0.01)  # what blocks can tell by a file alone
    return int(text)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--engine", "moon"], "moon"),
        (["--engine", "ray"], "--profile deep"),
        (["--ray-address", "auto"], "--engine ray"),
    ],
)
def test_an_engine_that_cannot_be_is_refused(
    options: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["run", "--pool", "threads", *options]) == 2
    assert says in capsys.readouterr().err
