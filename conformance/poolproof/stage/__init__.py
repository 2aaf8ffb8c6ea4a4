"""The sacrificial process that holds the pool under test, and its keeper outside."""
