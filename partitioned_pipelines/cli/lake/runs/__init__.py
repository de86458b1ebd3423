"""Readers of runs: where they are found, their states over time, jobs, logs, amounts, and what they published."""
