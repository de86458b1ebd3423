"""``pipelines verify``: an end-to-end test of a temporary copy of the stacks; ``assumptions`` lists its assumptions about AWS."""
