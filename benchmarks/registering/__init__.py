"""What `benchmarks/registration.py` is made of: the server that answers, the ways of registering, and what a process costs."""
