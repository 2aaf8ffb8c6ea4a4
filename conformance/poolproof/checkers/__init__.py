"""Pure functions from observations to what is wrong with them."""
