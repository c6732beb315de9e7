"""Marbles: streams drawn as text, to be played and to be expected. The notation is told in `pictures.diagrams`."""
