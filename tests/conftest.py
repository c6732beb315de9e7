"""Settings of the whole suite."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

pytest_plugins = ["async_channel.testing.plugin"]

# Worlds are random in every run, CI's too, and a failure prints the blob that repeats it. A slow machine is no failure.
settings.register_profile(
    "worlds", deadline=None, print_blob=True, derandomize=False, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("worlds")
