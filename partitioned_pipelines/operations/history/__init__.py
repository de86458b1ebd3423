"""What commands know of a table's past beside its history: the executions of runs without a receipt, and the commands' own receipts."""
