"""Shared parts of the tests: a running local cloud, with clients, data and requests for it."""
