"""Internals of forkless.pool: one concept a module, the operating system in files of its own."""
