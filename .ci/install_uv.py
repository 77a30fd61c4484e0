"""Install uv into a folder, with nothing but Python: `python3 .ci/install_uv.py .uv`.

Debian and Ubuntu ship Python without pip and without what `venv` needs to install it. So the folder
becomes an environment without pip, and where the machine has no pip of its own, pip's wheel is
fetched from PyPI and run as it is.
"""

import json
import subprocess
import sys
import tempfile
import urllib.request
import venv
from pathlib import Path

UV = "uv>=0.13,<0.14"
INDEX = "https://pypi.org/simple/pip/"


def fetch_pip(folder: Path) -> Path:
    """Download the newest wheel of pip."""
    request = urllib.request.Request(
        INDEX, headers={"Accept": "application/vnd.pypi.simple.v1+json"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        files = json.load(answer)["files"]
    wheels = [file for file in files if file["filename"].endswith(".whl") and not file["yanked"]]
    wheel = max(wheels, key=lambda file: file["upload-time"])
    path = folder / wheel["filename"]
    with urllib.request.urlopen(wheel["url"], timeout=60) as answer:  # noqa: S310
        path.write_bytes(answer.read())
    return path


def main(target: Path) -> int:
    """Make the environment and install uv into it; the exit code is pip's."""
    if sys.version_info < (3, 11):  # noqa: UP036 - Run by whatever Python there is.
        print(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}", file=sys.stderr)
        return 1
    print(f"installing uv into {target}/", flush=True)
    venv.create(target, with_pip=False, clear=True)
    install = ["--python", str(target), "install", "--quiet", "--disable-pip-version-check", UV]
    has_pip = subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True)
    if has_pip.returncode == 0:
        return subprocess.run([sys.executable, "-m", "pip", *install]).returncode
    with tempfile.TemporaryDirectory() as folder:
        wheel = fetch_pip(Path(folder))
        return subprocess.run([sys.executable, f"{wheel}/pip", *install]).returncode


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
