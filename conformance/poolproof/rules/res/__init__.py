"""RES: a pool gives the results that a loop in one process gives."""
