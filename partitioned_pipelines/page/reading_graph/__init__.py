"""Who reads whom, drawn in layers from left to right: cards of pipelines with their tables, and edges that pass beside cards."""
