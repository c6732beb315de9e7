"""A recording: the events of channels with their times, kept in a file and replayed."""
