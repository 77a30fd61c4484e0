"""The gate: `python -m tests`, which is what `make test` runs. Arguments are handed to pytest.

Every check runs even when an earlier one failed, so that one run tells everything.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bot.settings import Settings

#: What may be in the operator's shell, in small letters.
_SETTINGS = frozenset(Settings.model_fields)

ROOT = Path(__file__).parent.parent


def run(*command: str | Path, cwd: Path = ROOT) -> bool:
    """Whether this command succeeded. Its output goes to the terminal.

    It sees none of the operator's variables: a check must never reach their database.
    """
    plain = {name: value for name, value in os.environ.items() if name.lower() not in _SETTINGS}
    return subprocess.run(command, cwd=cwd, env=plain, check=False).returncode == 0


def package() -> bool:
    """Whether what a stranger would install works away from this folder.

    The wheel is built, installed into an environment of its own with what uv.lock names, and
    migrates a database.
    """
    uv = os.environ.get("UV") or shutil.which("uv")  # `uv run` sets UV.
    if uv is None:
        print("uv is not here to build the package with: start this by `make test`")
        return False
    with tempfile.TemporaryDirectory() as folder:
        if not run(uv, "build", "--quiet", "--wheel", "--out-dir", folder):
            return False
        (wheel,) = Path(folder).glob("*.whl")
        locked = Path(folder) / "requirements.txt"
        export = ("export", "--quiet", "--locked", "--no-dev", "--no-emit-project", "--no-hashes")
        if not run(uv, *export, "--output-file", locked):
            return False
        alone = ("run", "--quiet", "--isolated", "--no-project", "--with-requirements", locked)
        return run(uv, *alone, "--with", wheel, "ondemand-bot", "migrate", cwd=Path(folder))


def workers() -> int:
    """How many tests run at once. Most of them wait for something half of their time."""
    return min(3 * (os.cpu_count() or 2) // 2, 16)


def main(arguments: Sequence[str]) -> int:
    """Run every check; the exit code is 0 when all are green."""
    python = sys.executable
    checks: dict[str, Callable[[], bool]] = {
        "format": lambda: run(python, "-m", "ruff", "format", "--check", "--quiet", "."),
        "lint": lambda: run(python, "-m", "ruff", "check", "--quiet", "."),
        "types": lambda: run(python, "-m", "mypy"),
        "imports": lambda: run(Path(python).with_name("lint-imports")),
        "dependencies": lambda: run(python, "-m", "deptry", "."),
        "package": package,
        "tests": lambda: run(python, "-m", "pytest", "-n", str(workers()), *arguments),
    }
    results = {}
    for name, check in checks.items():
        print(f"── {name}", flush=True)
        started = time.monotonic()
        results[name] = (check(), time.monotonic() - started)
    print("──")
    for name, (is_green, seconds) in results.items():
        print(f"{'green' if is_green else 'RED':<6} {name:<13} {seconds:6.1f} s")
    return 0 if all(is_green for is_green, _ in results.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
