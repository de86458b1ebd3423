"""``pipelines ui``: the pages of a lake, served to this user on localhost, and kept up to date. It changes nothing."""
