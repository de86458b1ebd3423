"""An AWS on this machine: moto's server, and what moto lacks. It knows AWS, and nothing of any project that runs on it."""
