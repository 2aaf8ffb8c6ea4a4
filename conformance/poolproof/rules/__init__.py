"""The rules, a package a group, whose modules' `RULES` are picked up by `poolproof.catalogue`.

The packages import none of their modules: a program that a rule starts needs its own alone.
"""
