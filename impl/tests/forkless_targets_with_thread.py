"""A preload that starts a thread: no fork survives that."""

from __future__ import annotations

import threading

threading.Thread(target=threading.Event().wait, daemon=True).start()
