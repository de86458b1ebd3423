"""Policies and grants, to be read together."""
