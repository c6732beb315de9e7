"""The operators of Stream, one class for each thing people want to do; Stream is all of these in one.

They give Streams, and Stream is made of them: for the type checker, and only for it, the two know each other.
"""
