"""The program of this project that runs in users' containers: standard library only, Python 3.8 or newer."""
