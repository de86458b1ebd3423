"""The function that watches the freshness of the lake's tables."""
