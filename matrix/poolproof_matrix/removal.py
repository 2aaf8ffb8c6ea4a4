"""Delete what set-up has made, and nothing else."""

from __future__ import annotations

import shutil

from poolproof_matrix import prefix, server, stamps
from poolproof_matrix.host import find_wine
from poolproof_matrix.layout import WineHome
from poolproof_matrix.locks import locked

IN_USE_SECONDS = 30


def remove(home: WineHome) -> None:
    """Stop every process of the prefix and delete the folders of *home*.

    Raises MatrixError when a running command still uses them.
    """
    with locked(home.locks / "setup.lock", exclusive=True, seconds=IN_USE_SECONDS):
        wine = find_wine()
        if wine is not None:
            server.stop(home.prefix, wine)
            prefix.end_leftovers(home, wine)
        # Named one by one: POOLPROOF_WINE_HOME may point to a folder that holds other things.
        for folder in (home.prefix, home.pythons, home.checkouts, home.locks):
            if folder.exists():
                shutil.rmtree(folder)
        stamps.sweep(home.root)
    if not any(home.root.iterdir()):
        home.root.rmdir()
