"""The executions of pipelines, as their services list them."""
