"""Input and output on the terminal: results, notes, prompts, interrupts."""
