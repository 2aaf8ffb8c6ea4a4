"""The result of a run as JUnit XML, for CI servers that show test results.

One suite for each pool and start method, one case for each rule. The file satisfies the schema of
Jenkins' xUnit plugin (junit-10.xsd), which knows properties of suites alone: what is known of a
case beyond its name and group stands in its `system-out`.
"""

from __future__ import annotations

import os
from pathlib import Path
from xml.etree import ElementTree as xml

from poolproof_reports.files import write_atomically
from poolproof_reports.results import (
    BROKEN,
    NOT_JUDGED,
    Outcome,
    ResultFile,
    RuleResult,
    RunInfo,
    SubjectResult,
)
from poolproof_reports.words import brief, environment, expectation, printable


def write_junit(result: ResultFile, path: str | os.PathLike[str]) -> Path:
    """Write the result as JUnit XML; OSError if it cannot be written."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(target, to_junit(result))
    return target


def to_junit(result: ResultFile) -> bytes:
    """The result as JUnit XML, in UTF-8."""
    root = xml.Element("testsuites", name="poolproof", time=_seconds(result.duration_s))
    for subject in result.subjects:
        root.append(_suite(subject, result.run_info, result.started))
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    xml.indent(root)
    found: bytes = xml.tostring(root, encoding="utf-8", xml_declaration=True)
    return found + b"\n"


def _suite(subject: SubjectResult, info: RunInfo, started: str) -> xml.Element:
    name = printable(f"{subject.pool}.{subject.start_method}")
    suite = xml.Element(
        "testsuite", name=name, time=_seconds(subject.duration_s), timestamp=printable(started)
    )
    facts = {
        "pool": subject.pool,
        "version": subject.version,
        "start method": subject.start_method,
        "driver": subject.driver,
        "capabilities": " ".join(subject.capabilities),
        "complete": str(subject.complete).lower(),
        **environment(info),
    }
    properties = xml.SubElement(suite, "properties")
    for key, value in facts.items():
        xml.SubElement(properties, "property", name=printable(key), value=printable(value))
    for rule in subject.rules:
        suite.append(_case(rule, name))
    _count(suite)
    return suite


def _count(suite: xml.Element) -> None:
    suite.set("tests", str(len(suite.findall("testcase"))))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(attribute, str(len(suite.findall(f"testcase/{tag}"))))


def _case(rule: RuleResult, suite: str) -> xml.Element:
    case = xml.Element(
        "testcase",
        classname=suite,
        name=printable(f"{rule.rule} {rule.title}"),
        group=printable(rule.group),
        time=_seconds(rule.duration_s),
    )
    if (tag := _tag(rule)) != "":
        verdict = xml.SubElement(
            case, tag, type=rule.outcome.value, message=printable(brief(_message(rule)))
        )
        verdict.text = printable(_evidence(rule))
    facts = [f"level: {rule.level.value}", f"source: {rule.source}", expectation(rule)]
    facts.append(f"plans: {rule.plans}, runs: {rule.runs}")
    xml.SubElement(case, "system-out").text = printable("\n".join(filter(None, facts)))
    return case


def _tag(rule: RuleResult) -> str:
    """`failure` and `error` are what fails the run; what is known or no MUST counts as skipped."""
    if rule.failed:
        return "error" if rule.outcome is Outcome.ERROR else "failure"
    return "skipped" if rule.outcome in BROKEN | NOT_JUDGED else ""


def _message(rule: RuleResult) -> str:
    if rule.outcome is Outcome.PASS:
        return f"passed, but {expectation(rule)}"
    known = "" if rule.unexpected or rule.outcome in NOT_JUDGED else ", as expected"
    return f"{rule.outcome.value}{known}: {rule.message or rule.expected_reason}"


def _evidence(rule: RuleResult) -> str:
    found = rule.counterexample
    parts = [_message(rule)]
    if found is not None:
        parts += [found.message, found.stacks, *found.processes, found.reproducer]
    return "\n".join(filter(None, dict.fromkeys(parts)))


def _seconds(value: float) -> str:
    return f"{max(value, 0.0):.3f}"
