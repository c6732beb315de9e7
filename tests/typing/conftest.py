"""The cases are read by type checkers, and never imported."""

collect_ignore = ["cases"]
