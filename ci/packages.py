"""What the workspace is built with, for the scripts beside this one."""

import json
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
# For packages that use ours, as other people's do. The checks that write such packages share what is compiled of them.
AS_USER = {"CARGO_TARGET_DIR": str(ROOT / "target" / "as-user"), "RUSTFLAGS": "--cap-lints allow"}


def packages() -> dict:
    """Cargo's metadata of each package by name: of its highest version, since others are somebody's of long ago."""
    command = ["cargo", "metadata", "--format-version", "1"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    found = json.loads(done.stdout)["packages"]
    found.sort(key=lambda package: [int(number) for number in re.findall(r"\d+", package["version"])])
    return {package["name"]: package for package in found}
