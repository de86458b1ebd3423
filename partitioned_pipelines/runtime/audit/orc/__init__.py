"""A reader of ORC's file tail that uses only the standard library: the columns' names and types, and the number of rows."""
