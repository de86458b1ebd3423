"""What operators do with tables afterwards: history, rollback, vacuum, doctor. None of it is in a Lambda's archive."""
