"""ORC's tail, read with the standard library alone: the names and types of the columns, and the number of rows."""
