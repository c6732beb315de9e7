"""Pictures of streams: drawn as SVG, of text and lines alone, the same bytes for the same input."""
