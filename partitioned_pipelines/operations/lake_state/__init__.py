"""The read model of a lake: the state of every interval of every table, what needs somebody, and the runs.

``status``, ``show``, ``report`` and ``ui`` print it. It makes no calls: readers pass what they have read, and get dataclasses.
"""
