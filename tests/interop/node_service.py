"""A service in Node, driven over its standard input: one task a line, one answer a line."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


class NodeFailure(Exception):
    """What the library refused. `error` is the OAuth error, where the provider gave one."""

    def __init__(self, task: str, failure: dict[str, Any]) -> None:
        super().__init__(f"{task}: {failure}")
        self.error = failure.get("error")
        self.code = failure.get("code")
        self.status = failure.get("status")


class NodeService:
    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def do(self, task: str, **given: Any) -> dict[str, Any]:
        """Raises NodeFailure."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": task, **given}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"node ended at {task!r}"
        answer = json.loads(line)
        if "failure" in answer:
            raise NodeFailure(task, answer["failure"])
        result: dict[str, Any] = answer["result"]
        return result


def node() -> str | None:
    """Where Node is, if this machine has it."""
    return shutil.which("node")


@contextmanager
def node_service(script: str) -> Iterator[NodeService]:
    """Its errors go to the test's own; it ends when its input does."""
    found = node()
    assert found is not None
    assert (HERE / "node_modules").is_dir(), "run `npm ci` in tests/interop (make test does)"
    process = subprocess.Popen(
        [found, script], cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    with process:
        yield NodeService(process)
        assert process.stdin is not None
        process.stdin.close()
