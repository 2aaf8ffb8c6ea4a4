"""``python -m poolproof_matrix`` is ``poolproof matrix``."""

from poolproof_matrix.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
