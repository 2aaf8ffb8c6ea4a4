"""FAULT: what a pool does when workers, tasks and values fail."""
