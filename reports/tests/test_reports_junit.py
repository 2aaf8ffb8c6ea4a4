"""JUnit XML that CI servers take: one case a rule, well-formed whatever a pool printed."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as xml

from hypothesis import given, settings
from poolproof_reports.__main__ import main
from poolproof_reports.junit import to_junit
from poolproof_reports.results import Level, Outcome, ResultFile, save
from reports_samples import hostile, result, rule, subject, whole_house
from reports_strategies import records

# What junit-10.xsd of Jenkins' xUnit plugin allows: tag -> its attributes and the tags in it.
SCHEMA = {
    "testsuites": ({"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"},
        {"properties", "testcase"},
    ),
    "properties": (set(), {"property"}),
    "property": ({"name", "value"}, set()),
    "testcase": (
        {"name", "classname", "group", "time"},
        {"skipped", "error", "failure", "system-out"},
    ),
    "system-out": (set(), set()),
    **dict.fromkeys(("skipped", "error", "failure"), ({"type", "message"}, set())),
}


def assert_valid(document: bytes) -> xml.Element:
    root = xml.fromstring(document)
    assert root.tag == "testsuites"
    for element in root.iter():
        attributes, children = SCHEMA[element.tag]
        assert set(element.attrib) <= attributes
        assert {child.tag for child in element} <= children
    return root


def test_each_rule_is_a_case_of_its_pool_and_start_method() -> None:
    house = whole_house()
    root = assert_valid(to_junit(house))
    assert [s.get("name") for s in root] == [f"{s.pool}.{s.start_method}" for s in house.subjects]
    for suite, judged in zip(root, house.subjects, strict=True):
        names = [case.get("name") for case in suite.iter("testcase")]
        assert names == [f"{r.rule} {r.title}" for r in judged.rules]
        assert suite.get("tests") == str(len(judged.rules))


def test_what_fails_the_run_and_nothing_else_is_a_failure() -> None:
    house = whole_house()
    root = assert_valid(to_junit(house))
    failed = [c.get("name") for c in root.iter("testcase") if c.find("failure") is not None]
    assert failed == [f"{rule.rule} {rule.title}" for _, rule in house.failures]
    assert (root.get("failures"), root.get("errors")) == (str(len(failed)), "0")


def _only(*rules: object) -> xml.Element:
    root = assert_valid(to_junit(result(subject("mine", "fork", *rules))))  # type: ignore[arg-type]
    (case,) = root.iter("testcase")
    return case


def test_a_known_failure_and_a_broken_should_are_skipped_and_say_so() -> None:
    known = _only(rule("RES-01", Outcome.FAIL, expected=(Outcome.FAIL,), expected_reason="old"))
    warned = _only(rule("RES-01", Outcome.FAIL, Level.SHOULD, message="2 left"))
    assert known.find("skipped").get("message") == "FAIL, as expected: old"  # type: ignore[union-attr]
    assert warned.find("skipped").get("message") == "FAIL: 2 left"  # type: ignore[union-attr]


def test_an_expected_failure_that_passes_is_a_failure() -> None:
    case = _only(rule("RES-01", expected=(Outcome.FAIL,), expected_reason="old"))
    assert case.find("failure").get("message") == "passed, but expected FAIL: old"  # type: ignore[union-attr]


def test_an_error_of_the_suite_is_an_error() -> None:
    assert _only(rule("RES-01", Outcome.ERROR, message="broke")).find("error") is not None


def test_level_and_source_stand_in_the_output() -> None:
    said = _only(rule("RES-01")).findtext("system-out") or ""
    assert "level: MUST" in said
    assert "source: http" in said


def test_text_that_xml_cannot_hold_is_made_visible() -> None:
    document = to_junit(hostile())
    assert_valid(document)
    assert b"\x1b" not in document
    assert "�" in document.decode()


@settings(max_examples=40)
@given(records(ResultFile))
def test_any_result_makes_a_valid_document(result: ResultFile) -> None:
    assert_valid(to_junit(result))


def test_render_writes_it_where_it_is_asked_for(tmp_path: Path) -> None:
    save(whole_house(), tmp_path / "result.json")
    target = tmp_path / "new" / "junit.xml"
    arguments = ["render", str(tmp_path / "result.json"), "--out", str(tmp_path / "site")]
    assert main([*arguments, "--junit", str(target)]) == 0
    assert target.read_bytes() == to_junit(whole_house())
