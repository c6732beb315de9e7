"""The tests of async_channel."""
