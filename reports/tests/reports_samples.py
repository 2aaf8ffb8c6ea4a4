"""Results that the tests of the reports share: one of every kind, and one that means harm."""

from __future__ import annotations

from dataclasses import replace

from poolproof_reports.results import (
    SCHEMA,
    Counterexample,
    Level,
    Outcome,
    ResultFile,
    RuleResult,
    RunInfo,
    SubjectResult,
)

INFO = RunInfo(
    os="Linux",
    os_version="6.12",
    arch="x86_64",
    python="3.11.2",
    implementation="CPython",
    cpu_count=2,
    memory_bytes=8 * 2**30,
    emulation="",
    packages={"torch": "2.13.0", "numpy": "2.3.1", "hypothesis": "6.170.15"},
    suite_version="0.1.0",
    clock="clock_gettime(CLOCK_MONOTONIC), steps of 60 ns",
)

TITLES = {
    "RES-01": "apply returns what the function returns",
    "RES-02": "map keeps the order of its input at any chunk size",
    "DATA-01": "dense tensors arrive bit for bit, for any dtype, shape and stride",
    "DATA-02": "a conjugated tensor arrives conjugated",
    "RACE-01": "a counter under a lock loses no update",
    "FAULT-01": "a worker killed in mid-task fails that task, not the pool",
    "FAULT-02": "SystemExit in a task reaches the caller of that task",
    "LIFE-01": "nothing is left behind after close",
}

STACKS = """\
Thread 0x00007f2b (most recent call first):
  File "multiprocessing/connection.py", line 395 in _recv
  File "multiprocessing/pool.py", line 579 in _handle_results
"""

HANG = Counterexample(
    plan={"rule": "FAULT-01", "operations": [{"do": "apply", "task": "square", "args": [3]}]},
    message="apply_async(square, 3).get() did not settle within 10 s of its worker's death\n"
    "got: no result\nexpected: an error that names the dead worker",
    history=tuple(
        {
            "seq": number,
            "process": "stage" if number % 2 else f"worker-{number % 3}",
            "kind": ("invoke", "ok", "info")[number % 3],
            "operation": "apply",
            "start_ns": 1_000_000 + number * 7_919,
            "value": {"task": number, "args": [number]},
        }
        for number in range(24)
    ),
    stacks=STACKS,
    processes=("4711 stage python", "  4712 worker python", "  4713 worker python (zombie)"),
    reproducer="poolproof run --pool multiprocessing --start-method spawn --rule FAULT-01 --seed 7",
)


def rule(
    name: str, outcome: Outcome = Outcome.PASS, level: Level = Level.MUST, **changes: object
) -> RuleResult:
    """A rule result of that name, with whatever else the test cares about."""
    plain = RuleResult(
        rule=name,
        title=TITLES.get(name, "a rule"),
        group=name.partition("-")[0],
        level=level,
        stochastic=name.startswith("RACE"),
        source="https://docs.python.org/3/library/multiprocessing.html",
        outcome=outcome,
        plans=50,
        runs=50,
        duration_s=1.25,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def subject(pool: str, start_method: str, *rules: RuleResult, **changes: object) -> SubjectResult:
    plain = SubjectResult(
        pool=pool,
        version="3.11.2",
        start_method=start_method,
        driver="pool",
        capabilities=("processes", "tensors"),
        complete=True,
        note="",
        duration_s=sum(r.duration_s for r in rules),
        rules=rules,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def result(*subjects: SubjectResult, **changes: object) -> ResultFile:
    plain = ResultFile(
        schema=SCHEMA,
        run_info=INFO,
        profile="quick",
        seed=7,
        command=("poolproof", "run", "--pool", "multiprocessing"),
        started="2026-01-02T03:04:05+00:00",
        duration_s=187.4,
        complete=True,
        interruption="",
        subjects=subjects,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def whole_house() -> ResultFile:
    """Several pools with every outcome and standing that a report has to show."""
    held = [rule(name) for name in TITLES]
    conj = rule(
        "DATA-02",
        Outcome.FAIL,
        expected=(Outcome.FAIL,),
        expected_reason="drops the conj bit, https://github.com/pytorch/pytorch/issues/88294",
        message="x.conj() arrived un-conjugated: got 1+2j, expected 1-2j",
        counterexample=Counterexample({"shape": [1], "dtype": "complex64"}, "got 1+2j"),
    )
    hang = rule(
        "FAULT-01",
        Outcome.TIMEOUT,
        message="no result within 10 s of the worker's death",
        counterexample=HANG,
    )
    exit_ = rule("FAULT-02", Outcome.CRASH, message="the stage ended with exit code 0")
    slow = rule("LIFE-01", Outcome.FAIL, Level.SHOULD, message="2 descriptors more than before")
    no_tensors = [
        rule(n, Outcome.UNSUPPORTED, message="takes no tensors") for n in ("DATA-01", "DATA-02")
    ]
    rest = [r for r in held if r.group not in ("DATA", "FAULT")]
    return result(
        subject("forkless", "forkless", *held, version="0.1.0"),
        subject("multiprocessing", "spawn", *rest, *no_tensors, hang, rule("FAULT-02")),
        subject("multiprocessing", "fork", *rest, *no_tensors, hang, exit_),
        subject("torch", "forkserver", *held[:3], conj, held[4], hang, slow, version="2.13.0"),
        subject(
            "concurrent.futures",
            "spawn",
            *rest[:-1],
            rule("FAULT-02", expected=(Outcome.FAIL,), expected_reason="sys.exit ends the parent"),
            rule("LIFE-01", Outcome.NOTRUN, message="interrupted"),
            driver="executor",
            complete=False,
            note="Stopped by Ctrl-C after 4 rules.",
        ),
        subject("loky", "loky", *held[:2], *held[4:], version="3.5.5", driver="executor"),
    )


NASTY = (
    "<script>alert(1)</script>\"><img src=x onerror=alert(2)>' `x` | </details> "
    "</style><h1>own</h1> [a](javascript:alert(3)) ![i](http://evil.example/x) {{ 7*7 }} "
    "@someone <!-- \x00\x1b[31m \u202e \udc80 ]]> --> ``` ~~~ &lt; $x$"
)


def hostile() -> ResultFile:
    """Every text of the result tries to break out of the page."""
    evil = rule(
        NASTY,
        Outcome.FAIL,
        title=NASTY,
        group=NASTY,
        source="javascript:alert(4)//" + NASTY,
        message=NASTY,
        expected_reason=NASTY,
        expected=(Outcome.PASS, Outcome.TIMEOUT),
        counterexample=Counterexample(
            plan={NASTY: NASTY},
            message=NASTY,
            history=({NASTY: NASTY, "value": [NASTY]},),
            stacks=NASTY,
            processes=(NASTY,),
            reproducer="```\n</details>\n" + NASTY,
        ),
    )
    who = subject(NASTY, NASTY, evil, version=NASTY, driver=NASTY, note=NASTY, complete=False)
    where = replace(INFO, os=NASTY, packages={NASTY: NASTY}, emulation=NASTY, suite_version=NASTY)
    return result(
        replace(who, capabilities=(NASTY,)),
        run_info=where,
        profile=NASTY,
        command=(NASTY,),
        started=NASTY,
        complete=False,
        interruption=NASTY,
    )
