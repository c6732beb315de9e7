"""Pictures of streams: drawn as SVG, of text and lines alone, the same bytes for the same input."""

from async_channel.pictures.marbles import marbles_svg

__all__ = ["marbles_svg"]
