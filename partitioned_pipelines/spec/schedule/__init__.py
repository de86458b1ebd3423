"""The rules of a pipeline that follow from its schedule."""
