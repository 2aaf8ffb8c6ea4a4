"""poolproof: prove a process pool right, or show how it is wrong."""

__version__ = "0.1.0"
