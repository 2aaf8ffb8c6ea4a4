"""`python -m poolproof`."""

from poolproof.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
