"""Executions of a deployed pipeline: starting, following, listing, retrying, and the schedule that starts them."""
