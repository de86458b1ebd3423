"""The parts of `benchmarks/registration.py`: the server, the ways of registering, and the costs of a process."""
