"""What the wrong pools of LIFE and SHM are made with."""

from __future__ import annotations

from typing import Any

from poolproof.saboteurs.honest import Spoiled


class Manager(Spoiled):
    """With the methods of a `with` block, which Python looks up on the class."""

    def __exit__(self, *_: object) -> Any:
        return self.terminate()
