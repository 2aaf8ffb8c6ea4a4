"""The rules, a module a group; each module's `RULES` is picked up by `poolproof.catalogue`."""
