"""Watches whether each scheduled interval is there in time: stateless, once an hour."""
