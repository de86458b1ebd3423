"""Statements, recognized by their text: queries, DDL, and statements that write data."""
