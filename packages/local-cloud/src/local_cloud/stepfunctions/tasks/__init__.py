"""Service integrations: Task states that run a job or a query and wait for its end."""
