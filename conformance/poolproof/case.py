"""One plan of one rule on one pool as a file: written before it runs, and kept when it fails.

The file is one JSON object. Readers refuse a missing or unknown key and any other schema:

    schema        1
    rule          id, as `poolproof run --rule` takes it
    pool          as `poolproof run --pool` takes it
    start_method  of that pool
    plan          JSON object: what was drawn
    choices       how Hypothesis drew it, base64: where `poolproof shrink` begins. Empty: nobody did
    seed          of the run
    versions      name -> version: python, system, poolproof, and what a verdict may depend on
    outcome       FAIL, TIMEOUT, CRASH or ERROR; null: it has not come to its end
    message       the verdict in a sentence
    history       all events (`poolproof.history.Event`), in the order of the clock
    stacks        of the stage's threads, at a timeout
    processes     of the stage, a line each, at a timeout or crash
    log           the end of what stage and workers printed
    detail        exit code of a crash, traceback of an error
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from poolproof_reports.decoding import JsonObject, ResultError, decode, refuse
from poolproof_reports.files import write_atomically
from poolproof_reports.results import Outcome, Record

from poolproof.history import Event, History

SCHEMA = 1


class CaseError(ValueError):
    """A case file that cannot be read; the message is one line and names the file."""


@dataclass(frozen=True, slots=True)
class Case(Record):
    """What a case file holds; see the module for each field."""

    schema: int
    rule: str
    pool: str
    start_method: str
    plan: JsonObject
    choices: tuple[str, ...]
    seed: int
    versions: dict[str, str]
    outcome: Outcome | None = None
    message: str = ""
    history: tuple[JsonObject, ...] = ()
    stacks: str = ""
    processes: tuple[str, ...] = ()
    log: str = ""
    detail: str = ""

    @property
    def name(self) -> str:
        """RULE-POOL-METHOD, as part of a file name on every system."""
        return file_name(self.rule, self.pool, self.start_method)

    @property
    def came_out(self) -> str:
        """The outcome as a word."""
        return "not finished" if self.outcome is None else self.outcome.value

    def events(self) -> History:
        """The history as a checker takes it.

        Raises:
            ValueError: it is none.
        """
        try:
            return History(tuple(Event.from_json(event) for event in self.history))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"$.history: no events ({type(error).__name__}: {error})") from error


def file_name(rule: str, pool: str, start_method: str) -> str:
    """RULE-POOL-METHOD; a colon ("package.module:factory") is not allowed on Windows."""
    return f"{rule}-{pool}-{start_method}".replace(":", ".")


def save(case: Case, path: Path) -> None:
    """Write the file atomically.

    Raises:
        ResultError: plan or history is no JSON.
        OSError: the folder cannot be written.
    """
    write_atomically(path, _encoded(case))


def save_to_disk(case: Case, path: Path) -> None:
    """Write the file so that it outlives even the machine's crash in the next moment.

    Not atomically: a rename would have to reach the disk as well, which costs another wait.
    """
    with path.open("wb") as file:
        file.write(_encoded(case))
        file.flush()
        os.fsync(file.fileno())


def _encoded(case: Case) -> bytes:
    return json.dumps(case.to_json(), indent=1).encode("ascii")


def load(path: str | os.PathLike[str]) -> Case:
    """Read a case file.

    Raises:
        CaseError: it cannot be read, or is something else.
    """
    try:
        case: Case = decode(Case, _own(json.loads(Path(path).read_bytes())))
        case.events()
        return case
    except OSError as error:
        raise CaseError(f"cannot read {os.fspath(path)}: {error.strerror or error}") from error
    except RecursionError as error:
        raise CaseError(f"{os.fspath(path)}: nested too deeply for a case file") from error
    except ResultError as error:
        raise CaseError(f"{os.fspath(path)}: {error}") from error
    except ValueError as error:  # not JSON, cut short, not Unicode, no events
        raise CaseError(f"{os.fspath(path)}: not a whole case file ({error})") from error


def _own(value: Any) -> Any:
    """`value`, unless it is plainly something else than a case of this schema."""
    if isinstance(value, dict) and "subjects" in value:
        raise ResultError("a result file; name a case file, such as those in failures/ beside it")
    if not isinstance(value, dict) or not {"schema", "rule", "plan"} <= value.keys():
        raise ResultError("no case file; `poolproof run` writes them into failures/ of its --out")
    if value["schema"] != SCHEMA:
        raise refuse("$.schema", value["schema"], f"{SCHEMA}; use the poolproof that wrote it")
    return value
