"""From a project's files to its model: YAML, shape, and problems with file, line and field."""
