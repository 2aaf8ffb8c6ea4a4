"""SHM: shared memory outlives nobody it should not, and nobody it should."""
