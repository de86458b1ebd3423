"""What a run wrote: the logs of its functions, and the output of its scripts."""
