"""The one read model of a table: its receipts, its partitions and its runs' folders, read and put beside each other.

Whatever looks back (runs, rollback, vacuum, doctor) reads a ``TableHistory``, and reads it by ``HistoryReader``.
"""
