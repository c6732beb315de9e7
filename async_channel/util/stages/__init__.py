"""The stages that Stream's operators are made of, by what they do to events.

Each function makes a stage (see `pipeline`), and its semantics are those of the reactivex operator it stands for. State
lives in the closure, so every subscription has its own.
"""
