"""A preload that adds a warnings filter, as many a library does while it is imported."""

import warnings

warnings.filterwarnings("ignore", message="of the preload")
