"""The sentences and figures that every report says the same way."""

from __future__ import annotations

import re
import shlex
import subprocess
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from poolproof_reports.decoding import shorten
from poolproof_reports.results import Outcome, ResultFile, RuleResult, RunInfo
from poolproof_reports.summary import Cell, Standing, SummaryTable


def plural(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def duration(seconds: float) -> str:
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"


def moment(started: str) -> str:
    """An ISO time in UTC to the minute; anything else stays as it is."""
    try:
        time = datetime.fromisoformat(started)
    except ValueError:
        return started
    return time.strftime("%Y-%m-%d %H:%M") + (" UTC" if time.utcoffset() == timedelta() else "")


def memory(size: int) -> str:
    return f"{size / 2**30:.1f} GiB"


def headline(table: SummaryTable) -> str:
    """The verdict of the run in a sentence."""
    failures = sum(rule.failed for rule in table.total.failing)
    pools = {row.subject.pool for row in table.rows}
    broken = {row.subject.pool for row in table.rows if row.total.standing is Standing.FAILED}
    if failures:
        return f"{plural(failures, 'failure')} in {len(broken)} of {plural(len(pools), 'pool')}"
    return "Nothing failed" if table.total.judged else "No rule was judged"


def stopped(result: ResultFile) -> str:
    """Why the run is incomplete, or "" if it is whole."""
    if not result.complete:
        return f"Stopped early: {result.interruption or 'no reason was recorded'}"
    unfinished = sum(not subject.complete for subject in result.subjects)
    return f"Incomplete: {plural(unfinished, 'subject')} not finished" if unfinished else ""


def scope(result: ResultFile) -> str:
    """How much was judged, how thoroughly, how long it took and when."""
    pools = {subject.pool for subject in result.subjects}
    verdicts = sum(len(subject.rules) for subject in result.subjects)
    methods = {subject.start_method for subject in result.subjects}
    return (
        f"{plural(len(pools), 'pool')}, {plural(len(methods), 'start method')}, "
        f"{plural(verdicts, 'verdict')}, {result.profile} profile, "
        f"{duration(result.duration_s)}, started {moment(result.started)}"
    )


def score(cell: Cell) -> str:
    """`5/7`: held of judged; "" where nothing was judged."""
    return f"{cell.passed}/{cell.judged}" if cell.judged else ""


def remainder(cell: Cell) -> str:
    """How many rules were not judged, or ""."""
    left = cell.total - cell.judged
    return f"{left} not judged" if left else ""


def expectation(rule: RuleResult) -> str:
    """What was expected, where that is not simply a PASS."""
    if rule.expected == (Outcome.PASS,):
        return ""
    outcomes = " or ".join(outcome.value for outcome in rule.expected) or "nothing"
    return f"expected {outcomes}" + (f": {rule.expected_reason}" if rule.expected_reason else "")


def system(info: RunInfo) -> str:
    """The system that a pool was judged on, as a heading."""
    return info.os + (f" under {info.emulation}" if info.emulation else "")


def environment(info: RunInfo) -> dict[str, str]:
    """Label to value: the machine, its Python, and the packages that matter."""
    exact = f"{info.os} {info.os_version} ({info.arch})"
    return {
        "System": exact + (f", emulated by {info.emulation}" if info.emulation else ""),
        "Python": f"{info.implementation} {info.python}",
        "Machine": f"{plural(info.cpu_count, 'CPU')}, {memory(info.memory_bytes)} of memory",
        **({"Clock": info.clock} if info.clock else {}),
        "poolproof": info.suite_version,
        **info.packages,
    }


def label(rule: RuleResult) -> str:
    """The rule's id for a cell of the table, where a name alone means that it is broken."""
    return f"{rule.rule} (passed)" if rule.outcome is Outcome.PASS else rule.rule


def replay(result: ResultFile) -> str:
    """The command of the run, quoted for the shell of its system."""
    if result.run_info.os == "Windows":
        return subprocess.list2cmdline(result.command)
    return shlex.join(result.command)


def safe_url(text: str) -> str:
    """`text` if it is an http or https address, else "": nothing else may become a link."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    plain = text.isascii() and text.isprintable() and not set(text) & set(" \"'<>`\\()")
    return text if plain and parts.scheme in ("http", "https") and parts.netloc else ""


def linked(text: str) -> list[tuple[str, str]]:
    """`text` in pieces, each with the address that it is, or ""."""
    pieces = re.split(r"(https?://[^\s<>\"'`]+[^\s<>\"'`.,;:!?)])", text)
    return [(piece, safe_url(piece)) for piece in pieces if piece]


def brief(text: str, limit: int = 200) -> str:
    """`text` as one line of at most `limit` characters."""
    return shorten(" ".join(text.split()), limit)


def printable(text: str) -> str:
    """`text` with every control character but newline and tab made visible as a `�`."""
    return "".join(c if c.isprintable() or c in "\n\t" else "�" for c in text)
