"""The runs whose inputs were published or written again after they had read them."""

from partitioned_pipelines.operations.outdated.input_changes import Change, InputChanges
from partitioned_pipelines.operations.outdated.outdated import OutdatedRun, find_outdated

__all__ = ["Change", "InputChanges", "OutdatedRun", "find_outdated"]
