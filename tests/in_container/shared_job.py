"""A shared job in a folder of this machine: its steps are short scripts, and its runner is a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from partitioned_pipelines.in_container import run_steps
from partitioned_pipelines.lake.runs.shared_job import lines_by_step

RUNNER = Path(run_steps.__file__)


@dataclass
class SharedJob:
    """A job below a folder, whose subfolder ``processing`` stands for ``/opt/ml/processing``.

    Attributes
    ----------
    elsewhere
        A folder on another file system, in which the homes of outputs are; by default, they are where the job has them.
    """

    folder: Path
    elsewhere: Path | None = None
    python: str = sys.executable
    steps: list[dict[str, Any]] = field(default_factory=list)
    arguments: list[str] = field(default_factory=list)

    @property
    def processing(self) -> Path:
        return self.folder / "processing"

    @property
    def message(self) -> Path:
        return self.folder / "output" / "message"

    @property
    def homes(self) -> Path:
        return self.elsewhere or self.processing / "steps"

    def step(
        self,
        name: str,
        script: str,
        *,
        reads: dict[str, str] | None = None,
        raw: dict[str, str] | None = None,
        uploaded: bool = False,
        arguments: tuple[str, ...] = (),
        **more: Any,
    ) -> SharedJob:
        """Add a step with one output, ``out``.

        Parameters
        ----------
        reads
            The steps whose output it reads, by input.
        raw
            The files that SageMaker has downloaded to its input ``raw``, by path.
        """
        code = self.homes / name / "input" / "code"
        code.mkdir(parents=True)
        (code / "script.py").write_text(script, encoding="utf-8")
        inputs = [
            {"name": key, "path": self.visible(f"input/{key}"), "home": self._out(of), "from": of}
            for key, of in (reads or {}).items()
        ]
        if raw is not None:
            inputs.append(self._downloaded(name, "raw"))
            for path, text in raw.items():
                file = self.homes / name / "input" / "raw" / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
        inputs.append(self._downloaded(name, "code"))
        output = {"name": "out", "path": self.visible("output"), "home": self._out(name), "uploaded": uploaded}
        if uploaded:
            Path(self._out(name)).mkdir(parents=True)  # as SageMaker does
        script_path = f"{self.visible('input/code')}/script.py"
        described = {"name": name, "command": [self.python, script_path], "arguments": len(arguments)}
        self.steps.append(
            described
            | {"environment": {}, "timeout_seconds": 60, "inputs": inputs, "outputs": [output]}
            | more
        )  # fmt: skip
        self.arguments += arguments
        return self

    def _downloaded(self, step: str, name: str) -> dict[str, Any]:
        home = str(self.homes / step / "input" / name)
        return {"name": name, "path": self.visible(f"input/{name}"), "home": home, "from": None}

    def visible(self, path: str) -> str:
        return str(self.processing / path)

    def _out(self, step: str) -> str:
        return str(self.homes / step / "output" / "out")

    def out(self, step: str) -> dict[str, str]:
        """Return the files of a step's output, as SageMaker would upload them."""
        folder = Path(self._out(step))
        files = (path for path in sorted(folder.rglob("*")) if path.is_file())
        return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in files}

    def start(self, **environment: str) -> subprocess.Popen[bytes]:
        runner = self.processing / "steps" / "runner"
        runner.mkdir(parents=True, exist_ok=True)
        shutil.copy(RUNNER, runner)
        document = {"processing": str(self.processing), "message": str(self.message), "steps": self.steps}
        (runner / "steps.json").write_text(json.dumps(document), encoding="utf-8")
        names = [step["name"] for step in self.steps]
        return subprocess.Popen(
            [self.python, runner / RUNNER.name, *names, *self.arguments],
            env={**os.environ, **environment},
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def run(self, **environment: str) -> Result:
        with self.start(**environment) as process:
            log, _ = process.communicate(timeout=60)
        text = self.message.read_bytes().decode() if self.message.exists() else ""
        return Result(process.returncode, log, text)


@dataclass(frozen=True)
class Result:
    """The end of a job: its exit code, its log and its message."""

    code: int
    log: bytes
    message: str

    def printed(self) -> list[tuple[str | None, str]]:
        """Return the lines of the log with their steps."""
        return lines_by_step(self.log.decode("utf-8", "replace").splitlines())
