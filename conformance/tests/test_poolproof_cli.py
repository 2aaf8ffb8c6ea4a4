"""The command line: right exit codes, one-line errors, and a report whatever happens."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import psutil
import pytest
from poolproof import case, cli
from poolproof.cli import run as run_command
from poolproof.detection import measured
from poolproof.engine import SubjectRun
from poolproof.rule import Rule
from poolproof_reports.results import Outcome, ResultFile, RuleResult, load
from poolproof_reports.terminal import UNREAD

OWN = "poolproof_selftest_rules"
THREADS = ("--pool", "threads")

pytestmark = pytest.mark.usefixtures("_stage_finds_test_modules")


def rule(name: str) -> tuple[str, str]:
    return "--rule", f"{OWN}:{name}"


def run(*arguments: str | os.PathLike[str]) -> int:
    return cli.main(["run", *map(str, arguments)])


def test_a_pool_that_keeps_its_rules_exits_0_and_leaves_three_reports(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*THREADS, *rule("HOLDS"), "--out", tmp_path / "report") == 0
    written = {p.name for p in (tmp_path / "report").iterdir()}
    assert written == {"result.json", "summary.md", "report.html"}
    result = load(tmp_path / "report" / "result.json")
    (subject,) = result.subjects
    assert (result.complete, subject.complete, subject.pool) == (True, True, "threads")
    assert [r.outcome for r in subject.rules] == [Outcome.PASS]
    assert "Nothing failed" in capsys.readouterr().out


def test_a_disk_that_is_full_at_the_end_takes_the_files_and_not_what_was_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(result: ResultFile, out: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(out))

    monkeypatch.setattr(run_command, "write_all", full)
    assert run(*THREADS, *rule("HOLDS"), "--out", tmp_path) == 2
    shown = capsys.readouterr()
    assert "Nothing failed" in shown.out
    assert f"cannot write {tmp_path}: No space left on device" in shown.err


def test_an_error_in_the_middle_takes_nothing_that_was_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    judge_next = SubjectRun.judge_next

    def breaks(run: SubjectRun, rule: Rule) -> RuleResult:
        if run.results:
            raise RuntimeError("cannot end process 7")
        return judge_next(run, rule)

    monkeypatch.setattr(SubjectRun, "judge_next", breaks)
    with pytest.raises(RuntimeError, match="process 7"):
        run(*THREADS, *rule("HOLDS"), *rule("SHRINKS"), "--out", tmp_path)
    result = load(tmp_path / "result.json")
    assert [r.outcome for r in result.subjects[0].rules] == [Outcome.PASS]
    assert result.interruption == "RuntimeError: cannot end process 7"
    assert "Stopped early: RuntimeError" in capsys.readouterr().out


@pytest.mark.skipif(os.name == "nt", reason="Windows says of a closed pipe that its use is invalid")
def test_a_run_whose_reader_goes_away_ends_and_keeps_what_is_finished(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "poolproof", "run", *THREADS, *rule("HOLDS")]
    command += [*rule("SHRINKS"), "--out", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == UNREAD
    result = load(tmp_path / "result.json")
    assert [r.outcome for r in result.subjects[0].rules] == [Outcome.PASS]
    assert "nobody reads its output" in result.interruption


def test_a_broken_must_rule_exits_1_and_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*THREADS, *rule("SHRINKS"), "--out", tmp_path) == run_command.FAILED
    shown = capsys.readouterr().out
    assert "is more than 99" in shown
    assert "poolproof replay" in shown


def test_json_is_the_result_file_alone_on_standard_output(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*THREADS, *rule("HOLDS"), "--out", tmp_path, "--json") == 0
    assert json.loads(capsys.readouterr().out) == json.loads((tmp_path / "result.json").read_text())


def test_a_ci_system_gets_its_junit_file(tmp_path: Path) -> None:
    file = tmp_path / "junit.xml"
    rules = (*rule("SHRINKS"), *rule("HOLDS"))
    assert run(*THREADS, *rules, "--out", tmp_path, "--junit", file) == run_command.FAILED
    tree = ElementTree.parse(file)
    assert len(tree.findall(".//testcase")) == 2
    assert len(tree.findall(".//failure")) == 1


def test_a_junit_file_that_cannot_be_written_is_refused_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*THREADS, "--out", tmp_path, "--junit", tmp_path) == 2
    assert "is a folder" in capsys.readouterr().err
    (tmp_path / "file").touch()
    assert run(*THREADS, "--out", tmp_path, "--junit", tmp_path / "file" / "junit.xml") == 2
    assert "name a folder" in capsys.readouterr().err


def test_several_pools_are_judged_in_one_run(tmp_path: Path) -> None:
    mine = "poolproof_selftest_pools:threads"
    assert run(*THREADS, "--pool", mine, *rule("HOLDS"), "--out", tmp_path) == 0
    assert [s.pool for s in load(tmp_path / "result.json").subjects] == ["threads", mine]


def test_no_colour_codes_where_no_terminal_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(*THREADS, *rule("SHRINKS"), "--out", tmp_path)
    assert "\x1b[" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--pool", "multiprocesing"], "did you mean 'multiprocessing'?"),
        (["--rule", "FALT-01"], "did you mean 'FAULT-01'?"),
        (["--rule", "NOPE-*"], "poolproof run --list rules"),
        (["--profile", "quik"], "did you mean 'quick'?"),
        (["--list", "rule"], "did you mean 'rules'?"),
        ([*THREADS, "--start-method", "thread"], "did you mean 'threads'?"),
        (["--pool", "multiprocessing", "--start-method", "forked"], "start method"),
        (["--pool", "no_such_module_at_all:factory"], "cannot import 'no_such_module_at_all'"),
        (["--pool", "poolproof_selftest_pools:nothing"], "has no 'nothing'"),
        (["--pool", "poolproof_selftest_pools:NUMBER"], "expected a function that opens a pool"),
        (["--pool", "poolproof_selftest_pools:returns_none"], "None is no pool"),
        (["--pool", "poolproof_selftest_pools:raises"], "no more tea"),
        (["--pool", "poolproof_selftest_pools:takes_nothing"], "takes no number of workers"),
        (["--pool", "poolproof_selftest_pools:secret_threads"], "declares processes"),
    ],
)
def test_bad_input_is_one_line_that_names_the_way_out(
    arguments: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "report"
    assert run(*arguments, "--out", out) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("poolproof: error: ")
    assert captured.err.count("\n") == 1
    assert says in captured.err
    assert not out.exists()


def test_an_out_that_is_a_file_is_refused_and_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "taken"
    file.write_text("mine")
    assert run(*THREADS, "--out", file / "report") == 2
    assert str(file) in capsys.readouterr().err
    assert file.read_text() == "mine"


@pytest.mark.parametrize("option", ["--out", "--database", "--junit"])
def test_a_place_that_this_user_may_not_look_into_is_refused(
    option: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Python up to 3.13 raises it where a folder above may not be searched."""

    def exists(path: Path) -> bool:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "exists", exists)
    assert run(*THREADS, *rule("HOLDS"), option, tmp_path / "private" / "it") == 2
    captured = capsys.readouterr()
    assert "(Permission denied)" in captured.err
    assert captured.err.count("\n") == 1


@pytest.fixture
def _interruptible() -> Iterator[None]:
    """Shells start background jobs with SIGINT ignored, and children inherit that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def _await_file(path: Path, writer: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 120
    while not path.exists():
        assert writer.poll() is None, "it ended first"
        assert time.monotonic() < deadline, f"{path.name} does not come"
        time.sleep(0.01)  # a file announces itself to nobody, by means that all systems have


@pytest.mark.usefixtures("_interruptible")
@pytest.mark.skipif(os.name == "nt", reason="Windows has console events, not signals, for this")
@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_keeps_what_is_finished(signum: signal.Signals, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "poolproof", "run", *THREADS]
    command += [*rule("HOLDS"), *rule("HANGS_LONG"), "--out", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert "HOLDS PASS" in first
        _await_file(tmp_path / "running.json", process)
        started = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signum)
        rest = process.stdout.read()
        assert process.wait(60) == cli.INTERRUPTED
    assert "interrupted by the user" in rest
    result = load(tmp_path / "result.json")
    assert (result.complete, result.interruption) == (False, "interrupted by the user")
    (subject,) = result.subjects
    assert [r.outcome for r in subject.rules] == [Outcome.PASS]
    assert "interrupted" in (tmp_path / "report.html").read_text(encoding="utf-8")
    # Nothing it started is left, and what hung when the user lost patience is named.
    assert psutil.wait_procs(started, timeout=60)[1] == []
    assert "HANGS_LONG" in case.load(tmp_path / "running.json").rule


def test_a_run_that_is_killed_leaves_its_plan_and_it_replays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [sys.executable, "-m", "poolproof", "run", *THREADS, *rule("KILLS_ITS_KEEPER")]
    command += ["--out", str(tmp_path)]
    # Whoever is killed tidies nothing up.
    environment = {**os.environ, "TMPDIR": str(tmp_path), "TEMP": str(tmp_path)}
    killed = 15 if os.name == "nt" else -9  # as psutil does it
    assert subprocess.run(command, timeout=120, env=environment).returncode == killed
    left = case.load(tmp_path / "running.json")
    assert left.rule.endswith("KILLS_ITS_KEEPER")
    case.save(replace(left, rule=f"{OWN}:HOLDS"), tmp_path / "running.json")
    assert cli.main(["replay", str(tmp_path / "running.json")]) == 0
    assert capsys.readouterr().out.endswith("PASS\n")


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS ends no process with another")
def test_a_stage_that_hangs_ends_with_a_killed_run(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "poolproof", "run", *THREADS, *rule("HANGS_LONG")]
    command += ["--out", str(tmp_path / "out")]
    environment = {**os.environ, "TMPDIR": str(tmp_path), "TEMP": str(tmp_path)}
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, env=environment, text=True
    ) as process:
        _await_file(tmp_path / "out" / "running.json", process)
        started = psutil.Process(process.pid).children(recursive=True)
        process.kill()
    assert started
    assert psutil.wait_procs(started, timeout=60)[1] == []


def test_a_reported_counterexample_replays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(*THREADS, *rule("SHRINKS"), "--out", tmp_path)
    (subject,) = load(tmp_path / "result.json").subjects
    found = subject.rules[0].counterexample
    assert found is not None
    capsys.readouterr()
    where = ("--pool", "threads", "--start-method", "threads", *rule("SHRINKS"))
    assert cli.main(["replay", *where, "--plan", json.dumps(found.plan)]) == run_command.FAILED
    assert f"FAIL: {found.plan['n']} is more than 99" in capsys.readouterr().out
    assert cli.main(["replay", *where, "--plan", '{"n": 99}']) == 0
    assert capsys.readouterr().out.strip() == "PASS"


@pytest.mark.parametrize("what", ["pools", "rules"])
def test_lists_have_a_json_twin(what: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--list", what, "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert run("--list", what) == 0
    table = capsys.readouterr().out
    assert rows
    assert all(str(next(iter(row.values()))) in table for row in rows)


def test_explain_says_what_is_demanded_and_where_from(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["explain", "FAULT-01"]) == 0
    text = capsys.readouterr().out
    assert re.search(r"source: https://\S+", text)
    assert "look at" in text


def test_explain_says_how_often_a_rare_fault_is_missed(capsys: pytest.CaptureFixture[str]) -> None:
    figure = next(each for each in measured() if each.rule == "RACE-07")
    assert cli.main(["explain", "RACE-07"]) == 0
    assert str(figure) in " ".join(capsys.readouterr().out.split())
    assert cli.main(["explain", "RACE-07", "RES-01", "--json"]) == 0
    with_figures, without = sorted(json.loads(capsys.readouterr().out), key=lambda r: r["id"])
    assert with_figures["detection"] == [
        {
            "saboteur": figure.saboteur,
            "runs": figure.tries,
            "misses": figure.misses,
            "missed_at_most": figure.at_most,
            "confidence": 0.95,
        }
    ]
    assert without["detection"] == []


@pytest.mark.parametrize("command", [[], *([name] for name in cli.COMMANDS)])
def test_help_teaches(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main([*command, "--help"])
    assert end.value.code == 0
    assert "--help" in capsys.readouterr().out


def test_asking_for_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from poolproof import cli\n"
        "try: cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        "unwanted = {'hypothesis', 'psutil', 'rich', 'jinja2', 'torch', 'forkless'}\n"
        "heavy = unwanted & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
