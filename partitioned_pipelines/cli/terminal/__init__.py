"""What people see and answer: output, hints, questions, interruptions."""
