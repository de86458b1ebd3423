"""The ``pipelines`` command. One file for each command in ``commands/``; beside it, what several of them share."""
