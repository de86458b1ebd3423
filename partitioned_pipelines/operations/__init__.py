"""The operators' tools for published tables: history, rollback, vacuum, doctor. The Lambda archives do not include them."""
