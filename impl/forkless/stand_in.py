"""Stands in for ``multiprocessing.forkserver._forkserver`` while forkless is installed.

CPython's own tests, and libraries that count or end helper processes, look at that private name.
"""

from __future__ import annotations

from . import client
from .context import forkless_context


class Server:
    """forkless' server, as far as others use the native one."""

    @property
    def _forkserver_pid(self) -> int | None:
        return client.status().server_pid

    def ensure_running(self) -> None:
        """Start the server if none runs."""
        client.ensure_running()

    def set_forkserver_preload(self, modules_names: list[str]) -> None:
        """As ``forkless.set_preload``; missing modules are ignored, as CPython has it."""
        forkless_context.set_forkserver_preload(modules_names)

    def get_inherited_fds(self) -> None:
        """None: this is no child of a native forkserver."""

    def _stop(self) -> None:
        client.shut_down()
