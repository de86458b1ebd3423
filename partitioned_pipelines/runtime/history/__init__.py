"""The read model of a table: its receipts, partitions and run folders, combined.

All commands that read the past (runs, rollback, vacuum, doctor) get a ``TableHistory`` from a ``HistoryReader``.
"""
