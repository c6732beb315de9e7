"""Programs that use async_channel as an application would; run them with `python -m examples.<name>`."""
