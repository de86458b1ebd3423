"""The ``pipelines`` command: a module for each command in ``commands/``, and the modules that they share."""
