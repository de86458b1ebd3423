"""The files that the app itself adds to the cloud assembly, and that the deployments of its stacks publish."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk

if TYPE_CHECKING:
    from collections.abc import Mapping


class AssemblyFiles:
    """The files of an app whose stacks are all in one account and region, or in any.

    The CDK publishes the first file, and thereby says in which bucket all of them are. The others are written into the stacks' asset manifests
    after the synthesis: ``add_file_asset`` takes seven calls to the CDK's separate process.

    Parameters
    ----------
    app
        A construct of the app.

    Attributes
    ----------
    folder
        The output folder of the synthesis.
    """

    def __init__(self, app: cdk.Stack) -> None:
        stage = cdk.Stage.of(app)
        assert stage is not None  # a stack always has a stage  # noqa: S101
        self.folder = Path(stage.outdir)
        self._bucket_name: str | None = None
        self._added: defaultdict[cdk.Stack, dict[str, Mapping[str, Any]]] = defaultdict(dict)

    def publish(self, stack: cdk.Stack, file: Path, key: str, title: str) -> str:
        """Publish a file when a stack is deployed; return the name of the bootstrap bucket.

        Parameters
        ----------
        file
            A file of the folder. Its name has no extension, which the CDK would append to the key.
        key
            The object's key.
        title
            The file's name in the output of the CDK CLI.
        """
        path = file.relative_to(self.folder).as_posix()
        if self._bucket_name is None:
            location = stack.synthesizer.add_file_asset(
                source_hash=key, file_name=path, packaging=cdk.FileAssetPackaging.FILE, display_name=title
            )
            self._bucket_name = location.bucket_name
        else:
            self._added[stack][key] = {"displayName": title, "source": {"path": path, "packaging": "file"}}
        return self._bucket_name

    def write(self) -> None:
        """Write the files into the stacks' asset manifests, after the synthesis: each goes where its stack's template goes.

        https://github.com/aws/aws-cdk-cli/blob/main/packages/%40aws-cdk/cloud-assembly-schema/lib/assets/file-asset.ts
        """
        for stack, added in self._added.items():
            name = stack.artifact_id
            path = self.folder / f"{name}.assets.json"
            manifest = json.loads(path.read_text(encoding="utf-8"))
            files, template = manifest["files"], f"{name}.template.json"
            destinations = next(file["destinations"] for file in files.values() if file["source"]["path"] == template)
            for key, entry in added.items():
                places = {name: {**place, "objectKey": key} for name, place in destinations.items()}
                files[key] = {**entry, "destinations": places}
            path.write_text(json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8")
