"""The kit that proves streams: marbles, probes, schedules and protocol rules, on virtual time.

It rests on the public API alone; what it needs of the core beyond that is listed in `async_channel.testing._core`.
"""
