"""Arenas: shared memory with one owner, who alone allocates and frees in it."""
