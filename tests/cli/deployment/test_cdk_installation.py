"""Tests of the CDK CLI's installation: npm installs it once, from the lock file, or the failure is reported."""

from __future__ import annotations

import io
import json
import tarfile
import threading
from typing import TYPE_CHECKING

import pytest

from partitioned_pipelines.cli.deployment import cdk_installation
from partitioned_pipelines.cli.deployment.cdk_installation import cdk_program, folder_of_cdk
from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.target.locations import APP_ROOT, cache_folder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an app folder whose lock file names a local archive; nothing is installed yet."""
    archive = tmp_path / "aws-cdk.tgz"
    with tarfile.open(archive, "w:gz") as tar:
        for name, text in {
            "package.json": json.dumps({"name": "aws-cdk", "version": "1.0.0", "bin": {"cdk": "cdk.js"}}),
            "cdk.js": "#!/usr/bin/env node\nconsole.log('it is the CDK CLI')\n",
        }.items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text.encode()))
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / ".npmrc").write_text("audit=false\n")
    monkeypatch.setattr(cdk_installation, "APP_FILES", folder)
    monkeypatch.setattr(cdk_installation, "APP_ROOT", tmp_path / "site-packages")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    pin(folder, f"file:{archive}")
    return folder


def pin(folder: Path, address: str, version: str = "1.0.0") -> None:
    """Write npm's files for the installation of one package from an address."""
    manifest = {
        "name": "toolchain",
        "dependencies": {"aws-cdk": address if address.startswith("file:") else version},
    }
    package = {"version": version, "resolved": address, "bin": {"cdk": "cdk.js"}}
    lock = {
        "name": "toolchain",
        "lockfileVersion": 3,
        "requires": True,
        "packages": {"": manifest, "node_modules/aws-cdk": package},
    }
    (folder / "package.json").write_text(json.dumps(manifest))
    (folder / "package-lock.json").write_text(json.dumps(lock))


def test_in_a_clone_it_is_the_one_beside_the_app() -> None:
    assert cdk_program() == APP_ROOT / "node_modules" / ".bin" / "cdk"


def test_it_is_installed_once_for_each_lock_file(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = cdk_program()
    assert program == folder_of_cdk(cache_folder()) / "node_modules" / ".bin" / "cdk"
    assert "it is the CDK CLI" in program.read_text()
    assert capsys.readouterr().err.count("installing the CDK CLI") == 1
    assert cdk_program() == program
    assert capsys.readouterr().err == ""
    text = (app / "package-lock.json").read_text()
    (app / "package-lock.json").write_text(text + "\n")
    assert cdk_program() != program
    assert {path.name for path in cache_folder().iterdir() if path.is_dir()} == {
        path.parents[2].name for path in (program, cdk_program())
    }


def test_two_at_once_install_it_once(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found: list[Path] = []
    threads = [threading.Thread(target=lambda: found.append(cdk_program())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3
    assert capsys.readouterr().err.count("installing the CDK CLI") == 1


def test_what_was_left_half_done_is_done_again(app: Path) -> None:
    folder = folder_of_cdk(cache_folder())
    (folder / "node_modules").mkdir(parents=True)
    assert cdk_program().exists()


def test_without_a_network_the_error_says_what_to_do(
    app: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm"))
    monkeypatch.setenv("npm_config_fetch_retry_mintimeout", "1")
    monkeypatch.setenv("npm_config_fetch_retry_maxtimeout", "1")
    pin(app, "http://127.0.0.1:9/aws-cdk-1.0.0.tgz")
    with pytest.raises(CommandError, match="the CDK CLI cannot be installed, npm ended with exit code") as caught:
        cdk_program()
    assert "ECONNREFUSED" in caught.value.message
    assert "repeat the command with network access" in str(caught.value.remedy)
    assert "config set registry URL" in str(caught.value.remedy)
    assert caught.value.exit_code == ExitCode.NO_CLOUD
    assert [path.name for path in cache_folder().iterdir()] == ["cdk.lock"], "nothing is left that looks installed"


@pytest.mark.parametrize("cache", ["", "relative/cache"])
def test_the_cache_is_in_the_users_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cache: str) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", cache)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "partitioned-pipelines"
