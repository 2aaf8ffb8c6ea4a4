"""START: processes of a context, from start() to their exit code."""
