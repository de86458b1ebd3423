"""The RegisterPartitions function."""
