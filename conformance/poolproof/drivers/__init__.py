"""How poolproof talks to pools: three generic drivers, and thin entries for known libraries."""
