"""Deliberately wrong pools: an honest one plus one fault each, to prove that the rules bite."""
