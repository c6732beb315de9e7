"""The machinery below channels: logs and cursors, the scheduler, the stages of a pipeline."""
