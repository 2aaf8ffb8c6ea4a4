"""The loop of the stage: one request after the other, until told to end or killed.

Guarantees:
    - Requests and replies have pipes of their own, out of reach of what a pool, a worker or a task
      prints: descriptors 0 to 2 are the null device and a log file before any pool is opened.
    - A hang is the keeper's to end; the stage only leaves its stacks behind.
Assumes:
    - It may be killed at any line.
"""

from __future__ import annotations

import faulthandler
import json
import os
import sys
import traceback
from dataclasses import asdict
from importlib.util import find_spec
from typing import Any, TextIO

from poolproof import journal
from poolproof.catalogue import find
from poolproof.drivers import capabilities as can
from poolproof.drivers import cuda
from poolproof.drivers.base import Subject
from poolproof.drivers.proof import Unopened, Untrue, opened_for_proof
from poolproof.drivers.resolve import UnresolvedPool, resolve
from poolproof.drivers.wrap import NotAPool, detect
from poolproof.stage.api import Stage
from poolproof.stage.containment import end_with_keeper
from poolproof.stage.messages import (
    Describe,
    Description,
    End,
    Probe,
    Probed,
    Request,
    RunPlan,
    decode,
)


class Refused(Exception):
    """The pool under test cannot be judged at all; the message is one line for the user."""


def main() -> None:
    """Serve requests from standard input until `End` or end of file."""
    end_with_keeper()
    requests, replies = _private_streams(sys.argv[1])
    stage: Stage | None = None
    replies.write("{}\n")  # hello: the keeper measures how long an interpreter takes to start
    for line in requests:
        request = decode(line)
        try:
            if isinstance(request, Probe):
                stage, answer = _probe(request)
            else:
                answer = _answer(request, stage)
            reply: dict[str, Any] = {"ok": answer}
        except (Refused, UnresolvedPool) as refusal:
            reply = {"refused": str(refusal)}
        except Exception:  # noqa: BLE001 - whatever a pool raises is the keeper's to report
            reply = {"error": traceback.format_exc()}
        replies.write(json.dumps(reply) + "\n")
        if isinstance(request, End):
            break


def _private_streams(log: str) -> tuple[TextIO, TextIO]:
    requests = os.fdopen(os.dup(0), encoding="utf-8")
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    null = os.open(os.devnull, os.O_RDONLY)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for source, target in ((null, 0), (out, 1), (out, 2)):
        os.dup2(source, target)
    os.close(null)
    os.close(out)
    return requests, replies


def _answer(request: Request, stage: Stage | None) -> dict[str, Any]:
    if isinstance(request, Describe):
        subject = resolve(request.pool)
        return asdict(Description(subject.name, subject.version, subject.start_methods))
    if stage is None:
        raise RuntimeError(f"{type(request).__name__} before Probe")
    if isinstance(request, RunPlan):
        _run(request, stage)
    else:
        stage.forget_pools()
    return {}


def _probe(request: Probe) -> tuple[Stage, dict[str, Any]]:
    subject = resolve(request.pool)
    try:
        with opened_for_proof(subject, request.start_method) as proof:
            known = _capabilities(subject, proof.pool.kind, detect(proof.pool))
            if cuda.usable(request.start_method):
                known |= {can.CUDA}
            known -= subject.lacks.get(request.start_method, frozenset())
            proof.check(known)
    except NotAPool as error:
        raise Refused(f"--pool {request.pool}: {error}") from error
    except Untrue as error:
        raise Refused(f"--pool {request.pool} {error}") from error
    except Unopened as error:
        raise Refused(
            f"--pool {request.pool} does not open with 2 workers and start method "
            f"{request.start_method!r} ({error})"
        ) from error
    stage = Stage(subject, request.start_method, known, spec=request.pool)
    return stage, asdict(Probed(proof.pool.kind, tuple(sorted(known))))


def _capabilities(subject: Subject, kind: str, seen: frozenset[str]) -> frozenset[str]:
    extra = {kind}
    if subject.context is not None:
        extra.add(can.CONTEXT)
    extra.update(library for library in (can.TORCH, can.NUMPY) if find_spec(library) is not None)
    if len(subject.start_methods) > 1:
        extra.add(can.METHODS)
    if os.name == "posix":
        extra.add(can.POSIX)
    if hasattr(os, "sched_setaffinity"):
        extra.add(can.AFFINITY)
    return (seen | subject.declares | extra) - subject.denies


def _run(request: RunPlan, stage: Stage) -> None:
    stage.folder = request.folder
    with open(request.stacks, "w", encoding="utf-8") as stacks:
        faulthandler.dump_traceback_later(request.deadline_s, file=stacks)
        try:
            find(request.rule).run(request.plan, stage)
        finally:
            faulthandler.cancel_dump_traceback_later()
            journal.release()
