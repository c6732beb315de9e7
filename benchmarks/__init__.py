"""Speed, memory and import time of async_channel, side by side with what else carries events in Python.

``python -m benchmarks`` runs everything in about seven minutes; ``--quick`` is a smoke test of half a minute.
Every workload checks that each consumer got every event, once: a fast wrong answer is a failure.
"""
