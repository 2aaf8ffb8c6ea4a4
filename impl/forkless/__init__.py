"""forkless: a forkserver without fork, and process pools over shared memory."""

__version__ = "0.1.0"
