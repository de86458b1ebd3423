"""Executions: started, watched, listed, and what came of them."""
