"""Run one helper program to its end, and turn its failure into an error that can be read."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from poolproof_matrix.errors import MatrixError

TAIL_LINES = 15


def run_tool(
    command: Sequence[str | Path],
    *,
    seconds: float,
    env: Mapping[str, str] | None = None,
    hint: str = "",
    accepted: tuple[int, ...] = (0,),
) -> str:
    """Run *command* and return its output.

    Raises MatrixError with the last lines of output when its exit code is not among
    *accepted*, or when it outlives *seconds*.
    """
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=None if env is None else dict(env),
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise MatrixError(
            _failure(words, f"did not end in {seconds:.0f} s", error.output, hint)
        ) from None
    except OSError as error:
        raise MatrixError(f"cannot run {words[0]}: {error}. {hint}".strip()) from None
    if done.returncode not in accepted:
        raise MatrixError(_failure(words, f"ended with {done.returncode}", done.stdout, hint))
    return done.stdout.decode(errors="replace")


def run_detached(command: Sequence[str | Path], seconds: float, env: Mapping[str, str]) -> None:
    """Run *command*, whose children live on, to its own end; raise MatrixError if it fails.

    The children inherit nothing. Wine's services.exe keeps what it got from the first command:
    with a pipe to our stdout, ``poolproof matrix wine run ... | cat`` would never end.
    """
    words = [str(word) for word in command]
    nothing = subprocess.DEVNULL
    try:
        code = subprocess.run(
            words,
            stdin=nothing,
            stdout=nothing,
            stderr=nothing,
            env=dict(env),
            timeout=seconds,
            check=False,
            start_new_session=True,
        ).returncode
    except subprocess.TimeoutExpired:
        raise MatrixError(f"`{' '.join(words)}` did not end in {seconds:.0f} s") from None
    if code:
        raise MatrixError(f"`{' '.join(words)}` ended with {code}")


def _failure(words: Sequence[str], what: str, output: bytes | None, hint: str) -> str:
    lines = (output or b"").decode(errors="replace").splitlines()[-TAIL_LINES:]
    return "\n".join(
        [f"`{' '.join(words)}` {what}. {hint}".strip(), *(f"  {line}" for line in lines)]
    )
