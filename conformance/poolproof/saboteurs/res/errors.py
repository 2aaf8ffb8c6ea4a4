"""Wrong pools for RES: exceptions."""

from __future__ import annotations

from typing import Any

from poolproof.saboteurs.honest import SpoiledResult, bad_pool
from poolproof.saboteurs.res.making import with_results


class _RaisesText(SpoiledResult):
    def get(self, timeout: float | None = None) -> Any:
        try:
            return self.honest.get(timeout)
        except Exception as error:
            if timeout is not None:  # not the task's, or not for sure
                raise
            raise RuntimeError(str(error)) from error.__cause__


class _RaisesTypeAlone(SpoiledResult):
    def get(self, timeout: float | None = None) -> Any:
        try:
            return self.honest.get(timeout)
        except Exception as error:
            error.args = error.args[:1]
            raise


class _RaisesBare(SpoiledResult):
    def get(self, timeout: float | None = None) -> Any:
        try:
            return self.honest.get(timeout)
        except Exception as error:  # noqa: BLE001 - raised again below, without its chain
            bare = error
        bare.__cause__ = None
        vars(bare).pop("__notes__", None)
        raise bare from None


class _RaisesReturned(SpoiledResult):
    def get(self, timeout: float | None = None) -> Any:
        value = self.honest.get(timeout)
        if isinstance(value, BaseException):
            raise value
        return value


SABOTEURS = (
    bad_pool(
        "RES-07",
        "raises-text",
        "get() raises a RuntimeError with the message of the task's exception.",
        "raised builtins.RuntimeError",
        with_results(_RaisesText),
    ),
    bad_pool(
        "RES-07",
        "keeps-one-argument",
        "Exceptions arrive with the first of their arguments alone.",
        "its task raised",
        with_results(_RaisesTypeAlone),
    ),
    bad_pool(
        "RES-08",
        "raises-bare",
        "Exceptions arrive without the traceback of the worker.",
        "does not tell where",
        with_results(_RaisesBare),
    ),
    bad_pool(
        "RES-09",
        "raises-returned-exceptions",
        "get() raises an exception that the task returned.",
        "raised",
        with_results(_RaisesReturned),
    ),
)
