"""Copies of the package with one fault each, which the scenarios of the promises must all find."""
