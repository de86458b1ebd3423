"""The Lambda functions: thin handlers around ``partitions``. Environment and event in, result out."""
