"""The replacement for ``docker`` in the CDK CLI (``CDK_DOCKER``): it builds local images, and pushes their digests to the local ECR.

It supports the commands that the CDK CLI uses: ``login``, ``inspect``, ``images``, ``build``, ``tag`` and ``push``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shlex
import stat
import sys
from pathlib import Path
from urllib.parse import urlsplit

from local_cloud.images.dockerfile import UnsupportedDockerfileError
from local_cloud.images.image_store import ImageStore, UnknownImageError
from local_cloud.images.virtual_environment import ImageBuildError

_STORE_VARIABLE = "LOCAL_CLOUD_IMAGE_STORE"
_REFERENCE = re.compile(r"\d+\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.[^/]+/(?P<repository>[^:@]+):(?P<tag>.+)")


def write_docker_command(directory: Path, image_store: Path) -> Path:
    """Write the executable for ``CDK_DOCKER`` and return its path."""
    directory.mkdir(parents=True, exist_ok=True)
    command = directory / "docker"
    program = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parents[2])!r}); "
        "from local_cloud.images.docker_shim import main; sys.exit(main())"
    )
    # No `#!` with Python's path: the kernel does not accept spaces in it, nor more than 255 bytes.
    command.write_text(
        "#!/bin/sh\n"
        f"{_STORE_VARIABLE}={shlex.quote(str(image_store.resolve()))} "
        f'exec {shlex.quote(sys.executable)} -c {shlex.quote(program)} "$@"\n',
        encoding="utf-8",
    )
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    return command


def main(argv: list[str] | None = None) -> int:
    """Run one command."""
    arguments = _parser().parse_args(argv)
    store = ImageStore(Path(os.environ[_STORE_VARIABLE]))
    try:
        status: int = arguments.answer(arguments, store)
    except (UnsupportedDockerfileError, ImageBuildError, UnknownImageError) as error:
        print(error, file=sys.stderr)
        return 2
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="docker", description="The local cloud's replacement for docker")
    commands = parser.add_subparsers(required=True, metavar="command")
    login = commands.add_parser("login")
    login.add_argument("--username")
    login.add_argument("--password-stdin", action="store_true")
    login.add_argument("registry")
    login.set_defaults(answer=lambda *_: 0)
    images = commands.add_parser("images")
    images.add_argument("--format")
    images.add_argument("--filter")
    images.set_defaults(answer=lambda *_: 0)
    inspect = commands.add_parser("inspect")
    inspect.add_argument("reference")
    inspect.set_defaults(answer=_inspect)
    build = commands.add_parser("build")
    build.add_argument("--tag", required=True)
    build.add_argument("--file", default="Dockerfile")
    build.add_argument("--platform", help="ignored: a virtual environment has this machine's platform")
    build.add_argument("context", type=Path)
    build.set_defaults(answer=_build)
    tag = commands.add_parser("tag")
    tag.add_argument("source")
    tag.add_argument("target")
    tag.set_defaults(answer=_tag)
    push = commands.add_parser("push")
    push.add_argument("reference")
    push.set_defaults(answer=_push)
    return parser


def _inspect(arguments: argparse.Namespace, store: ImageStore) -> int:
    try:
        image = store.resolve(arguments.reference)
    except UnknownImageError:
        return 1  # Docker's status for an image that does not exist; the CDK treats any other as an error
    print(json.dumps([{"Id": image.digest}]))
    return 0


def _build(arguments: argparse.Namespace, store: ImageStore) -> int:
    image = store.build(arguments.context / arguments.file, arguments.context, say=print)
    store.register(arguments.tag, image)
    return 0


def _tag(arguments: argparse.Namespace, store: ImageStore) -> int:
    store.register(arguments.target, store.resolve(arguments.source))
    return 0


def _push(arguments: argparse.Namespace, store: ImageStore) -> int:
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    if urlsplit(endpoint).hostname not in {"localhost", "127.0.0.1"}:
        print(f"push: AWS_ENDPOINT_URL is {endpoint!r}: images are only pushed to a local cloud", file=sys.stderr)
        return 2
    match = _REFERENCE.fullmatch(arguments.reference)
    if match is None:
        print(f"push: {arguments.reference} does not name an ECR repository and a tag", file=sys.stderr)
        return 2
    import boto3  # takes longer than the other commands

    image = store.resolve(arguments.reference)
    ecr = boto3.client("ecr", region_name=match["region"], endpoint_url=endpoint)
    ecr.put_image(repositoryName=match["repository"], imageTag=match["tag"], imageManifest=_manifest(image.digest))
    return 0


def _manifest(digest: str) -> str:
    """Return an OCI manifest whose configuration tells how the image is built, so that equal images have equal digests."""
    layer = hashlib.sha256(digest.encode()).hexdigest()
    document = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest, "size": len(digest)},
        "layers": [
            {"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": f"sha256:{layer}", "size": 0}
        ],
    }
    return json.dumps(document)


if __name__ == "__main__":
    sys.exit(main())
