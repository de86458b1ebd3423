"""The paths of partitions, the values of their keys, and the time that each covers."""
