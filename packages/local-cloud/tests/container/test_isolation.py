"""A container has its own ``/opt/ml``, by a mount namespace or in place of the machine's."""

from __future__ import annotations

import contextlib
import fcntl
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cloud_under_test.extras import needs_namespaces
from local_cloud.container import ContainerSpec, NoIsolationError, container, run_container
from local_cloud.container.isolation import borrowed_opt_ml
from local_cloud.images import ImageStore, LocalImage

if TYPE_CHECKING:
    from local_cloud.server import LocalCloud


@pytest.fixture
def image(local_cloud_server: LocalCloud) -> LocalImage:
    """An image with Python only."""
    return ImageStore(local_cloud_server.settings.image_store).stand_in(None)


def python(image: LocalImage, opt_ml: Path, script: str, **more: float) -> ContainerSpec:
    """Return a container that runs Python code."""
    return ContainerSpec(image=image, command=("python3", "-c", script), opt_ml=opt_ml, **more)  # type: ignore[arg-type]  # a timeout


@needs_namespaces
class TestNamespace:
    def test_what_is_written_below_opt_ml_is_in_the_folder_and_not_on_this_machine(
        self, image: LocalImage, tmp_path: Path
    ) -> None:
        name = f"written-by-{tmp_path.name}"
        result = run_container(python(image, tmp_path, f"open('/opt/ml/processing/{name}', 'w').write('x')"))
        assert result.exit_code == 0
        assert (tmp_path / "processing" / name).read_text() == "x"
        assert not (Path("/opt/ml/processing") / name).exists()

    def test_each_line_is_given_as_it_comes(self, image: LocalImage, tmp_path: Path) -> None:
        lines: list[str] = []
        run_container(python(image, tmp_path, r"print('a\n\nb'); import os; os.write(1, b'\xff')"), lines.append)
        assert lines == ["a", "", "b", "�"]

    def test_its_python_is_the_images(self, image: LocalImage, tmp_path: Path) -> None:
        lines: list[str] = []
        run_container(python(image, tmp_path, "import sys; print(sys.prefix)"), lines.append)
        assert lines == [str(image.venv)]

    def test_the_exit_code_and_the_message_are_told(self, image: LocalImage, tmp_path: Path) -> None:
        result = run_container(
            python(image, tmp_path, "open('/opt/ml/output/message', 'w').write('why ' * 999); raise SystemExit(9)")
        )
        assert result.exit_code == 9
        assert result.exit_message.startswith("why why")
        assert len(result.exit_message) <= 1024

    def test_a_process_that_ignores_sigterm_and_its_children_end_too(self, image: LocalImage, tmp_path: Path) -> None:
        script = (
            "import signal, subprocess, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
            f"subprocess.Popen(['python3', '-c', 'import time; time.sleep(600)', '{tmp_path}']); "
            "print('ready', flush=True); time.sleep(600)"
        )
        stop = threading.Event()

        def on_line(line: str) -> None:
            stop.set()

        result = run_container(python(image, tmp_path, script), on_line, stop)
        assert (result.stopped, result.timed_out) == (True, False)
        assert not _running(str(tmp_path))

    def test_a_program_that_is_not_there_fails(self, image: LocalImage, tmp_path: Path) -> None:
        lines: list[str] = []
        spec = ContainerSpec(image=image, command=("no-such-program",), opt_ml=tmp_path)
        assert run_container(spec, lines.append).exit_code == 127
        assert lines == ["no-such-program: the image has no such program"]


class TestBorrowedOptMl:
    def test_the_entries_are_shown_and_taken_away_again(self, tmp_path: Path) -> None:
        place, source = tmp_path / "opt_ml", tmp_path / "job"
        place.mkdir()
        (source / "processing").mkdir(parents=True)
        with borrowed_opt_ml(source, place):
            (place / "processing" / "file").write_text("x")
        assert (source / "processing" / "file").read_text() == "x"
        assert [path.name for path in place.iterdir()] == [".lock"]

    def test_what_a_killed_process_left_is_replaced(self, tmp_path: Path) -> None:
        place, source = tmp_path / "opt_ml", tmp_path / "job"
        place.mkdir()
        (source / "processing").mkdir(parents=True)
        (place / "processing").symlink_to(tmp_path / "gone")
        with borrowed_opt_ml(source, place):
            assert (place / "processing").resolve() == source / "processing"

    def test_what_is_not_ours_is_left_alone(self, tmp_path: Path) -> None:
        place, source = tmp_path / "opt_ml", tmp_path / "job"
        (place / "processing").mkdir(parents=True)
        (place / "processing" / "precious").write_text("x")
        for folder in ("config", "processing"):
            (source / folder).mkdir(parents=True)
        with (
            pytest.raises(NoIsolationError, match="exists, and was not created by the local cloud"),
            borrowed_opt_ml(source, place),
        ):
            pytest.fail("entered")
        assert (place / "processing" / "precious").read_text() == "x"
        assert sorted(path.name for path in place.iterdir()) == [".lock", "processing"]

    def test_one_at_a_time(self, tmp_path: Path) -> None:
        place, source = tmp_path / "opt_ml", tmp_path / "job"
        place.mkdir()
        (source / "processing").mkdir(parents=True)
        with borrowed_opt_ml(source, place), (place / ".lock").open("w") as lock, pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def test_where_there_is_no_such_folder_the_way_to_make_it_is_told(self, tmp_path: Path) -> None:
        place = tmp_path / "none"
        with pytest.raises(NoIsolationError, match=f"sudo mkdir -p {place}"), borrowed_opt_ml(tmp_path, place):
            pytest.fail("entered")

    def test_a_container_runs_there_where_namespaces_are_denied(
        self, image: LocalImage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        place, source = tmp_path / "opt_ml", tmp_path / "job"
        place.mkdir()
        monkeypatch.setattr(container, "namespaces_work", lambda: False)
        monkeypatch.setattr(container, "borrowed_opt_ml", lambda folder: borrowed_opt_ml(folder, place))
        monkeypatch.setenv("SECRET_OF_THE_PARENT", "hidden")
        lines: list[str] = []
        script = f"import os; open('{place}/processing/out', 'w').write('x'); print(sorted(os.environ))"
        result = run_container(python(image, source, script), lines.append)
        assert result.exit_code == 0, lines
        assert (source / "processing" / "out").read_text() == "x"
        assert "SECRET_OF_THE_PARENT" not in lines[0]
        spec = ContainerSpec(image=image, command=("no-such-program",), opt_ml=source)
        assert run_container(spec, lines.append).exit_code == 127
        assert lines[1:] == ["no-such-program: the image has no such program"]


def _running(argument: str) -> list[str]:
    """Return the command lines with an argument; zombies have none."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            line = path.read_text(encoding="utf-8", errors="replace")
            found += [line] if argument in line.split("\0") else []
    return found
