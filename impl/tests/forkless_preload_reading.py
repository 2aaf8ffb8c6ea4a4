"""A preload that reads the environment while it is imported, as settings modules do."""

import os

mode = os.environ.get("FORKLESS_TEST_MODE")
