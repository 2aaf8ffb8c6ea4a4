"""Where poolproof runs: cells, the planner, and Windows under Wine."""
