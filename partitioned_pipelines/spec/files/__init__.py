"""Reading of a project's files into its model: YAML, shape, and problems with file, line and field."""
