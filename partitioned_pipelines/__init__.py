"""Turn a plain Python script into a scheduled, queryable, partitioned table on AWS.

``app`` holds what the CDK CLI runs: links to the files at the top of a clone, of which a wheel holds copies.
"""
