"""Checks of steps: their images, inputs, placeholders and network."""
