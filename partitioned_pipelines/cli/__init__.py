"""The ``pipelines`` command: a module for each command in ``commands/``, and the modules that they share."""

import gc

# Python looks for unreachable cycles after every 700 new objects, which takes a third of the time to read a lake.
gc.set_threshold(20_000)
