"""Makes listings of the public API of crates, for the scripts beside this one.

A listing has one line per public item. It leaves out items that are `#[doc(hidden)]`, blanket implementations and those of
auto traits. The listings come from rustdoc's JSON, an unstable format: they are made with one version of Rust, `RUST`. If
another one is installed, rustup fetches it.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORK = ROOT / "target" / "api"
DOC = ROOT / "target" / "doc"
RUST = "1.95.0"
FORMAT = 57  # of that rustdoc, and of the `public-api` in ci/public_api


def prepare() -> list:
    """Selects the version of Rust and builds the program. The metadata of the published crates."""
    os.environ["CARGO_TARGET_DIR"] = str(ROOT / "target")
    if f"rustc {RUST} " not in run(["rustc", "--version"]):
        if not shutil.which("rustup"):
            sys.exit(f"rustdoc's JSON differs between versions of Rust, and the listings are made with {RUST}: put that into PATH")
        run(["rustup", "toolchain", "install", RUST, "--profile", "minimal"])
        os.environ["RUSTUP_TOOLCHAIN"] = RUST
    WORK.mkdir(parents=True, exist_ok=True)
    # For rustdoc alone: with the variable in their environment, the build scripts of dependencies turn on nightly features.
    rustdoc = WORK / "rustdoc"
    rustdoc.write_text('#!/bin/sh\nRUSTC_BOOTSTRAP=1 exec rustdoc "$@"\n')
    rustdoc.chmod(0o755)
    run(["cargo", "build", "--locked", "--manifest-path", str(ROOT / "ci" / "public_api" / "Cargo.toml"),
         "--target-dir", str(WORK)])
    metadata = json.loads(run(["cargo", "metadata", "--no-deps", "--format-version", "1"]))
    return [package for package in metadata["packages"] if package["publish"] != []]


def document(*arguments: str) -> None:
    """Runs cargo so that rustdoc writes JSON."""
    run(["cargo", *arguments], RUSTDOC=str(WORK / "rustdoc"), RUSTDOCFLAGS="-Z unstable-options --output-format json")


def listing(crate: str) -> str:
    """The listing of a crate as it was documented last."""
    file = DOC / f"{crate.replace('-', '_')}.json"
    if (found := json.loads(file.read_text())["format_version"]) != FORMAT:
        sys.exit(f"rustdoc wrote format {found} instead of {FORMAT}: adapt RUST, FORMAT and ci/public_api")
    return run([str(WORK / "debug" / "public-api-listing"), str(file)])


def run(command: list, **environment: str) -> str:
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}:\n{done.stderr}")
    return done.stdout
