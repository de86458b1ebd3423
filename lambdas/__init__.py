"""The Lambda functions: thin handlers around ``partitioned_pipelines.runtime``, which convert an event to a result."""

import logging

# At INFO, the level of the functions' logs, botocore logs at every cold start where it found its credentials.
logging.getLogger("botocore").setLevel(logging.WARNING)
