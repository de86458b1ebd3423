"""What each pipeline has of its own: image, functions, role, table, schedule, notice."""
