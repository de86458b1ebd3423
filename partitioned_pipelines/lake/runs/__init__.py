"""What a run leaves behind: its facts, inputs, usage, marks, and the event that tells others."""
