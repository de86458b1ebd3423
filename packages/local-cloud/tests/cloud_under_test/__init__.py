"""What the tests of a local cloud share: one running cloud, and clients, data and requests for it."""
