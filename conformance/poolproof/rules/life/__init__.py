"""LIFE: how pools begin, end, and what they leave behind."""
