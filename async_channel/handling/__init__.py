"""Callbacks: how they are called with each event, in tasks or by a drain, and what becomes of what they raise."""
