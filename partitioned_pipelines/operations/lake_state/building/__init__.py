"""How the read model is built from what readers have found."""
