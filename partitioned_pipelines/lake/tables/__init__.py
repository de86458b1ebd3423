"""Tables: their formats, types, and what their files must hold."""
