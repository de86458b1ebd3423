"""``pipelines verify``: a throw-away copy of the stacks, put through its paces and removed; ``assumptions`` is what AWS must hold."""
