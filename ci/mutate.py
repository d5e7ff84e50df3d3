"""Breaks a file of the core, the recorder or the tracer in a copy of the workspace, one way at a time. For ci/mutants and ci/loom."""

import os
import pathlib
import shutil
import subprocess
import sys
from collections.abc import Callable

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCES = ["crates/runtime-hooks-core/src", "crates/runtime-hooks-recorder/src", "crates/runtime-hooks-otel/src"]

# What is broken, where, the text, what it becomes, and the test that must fail.
Mutant = tuple[str, str, str, str, str]


def survivors(mutants: list[Mutant], work: pathlib.Path, fails: Callable[[str], bool],
              prepare: Callable[[], None] = lambda: None) -> list[str]:
    """Those that their test does not notice; `fails` says whether a test fails as the copy is. `prepare` changes the
    copy before."""
    for folder in ("crates", "tests", "examples", "benches"):
        shutil.rmtree(work / folder, ignore_errors=True)
        shutil.copytree(ROOT / folder, work / folder)
    for file in ("Cargo.toml", "Cargo.lock"):
        shutil.copy2(ROOT / file, work / file)
    prepare()
    for title, file, text, _, _ in mutants:
        found = source_of(work, file).read_text().count(text)
        if found != 1:
            sys.exit(f"{title}: {file} has {found} times {text!r}")
    survived = []
    for title, file, text, broken, test in mutants:
        path = source_of(work, file)
        source = path.read_text()
        path.write_text(source.replace(text, broken))
        noticed = fails(test)
        path.write_text(source)
        print(f"{'noticed' if noticed else 'SURVIVED':9} {title}  ({test})", flush=True)
        if not noticed:
            survived.append(title)
    return survived


def source_of(work: pathlib.Path, file: str) -> pathlib.Path:
    """A file of the one crate or the other."""
    found = [work / source / file for source in SOURCES if (work / source / file).exists()]
    if len(found) != 1:
        sys.exit(f"{file} is in {len(found)} crates")
    return found[0]


def cargo_test(work: pathlib.Path, arguments: list[str], test: str, environment: dict[str, str]) -> bool:
    """Whether the tests pass; if one is named, it must have run."""
    command = ["cargo", "test", "--quiet", *arguments, "--", *(["--exact", test] if test else [])]
    everywhere = {"RUST_BACKTRACE": "0", "CARGO_PROFILE_DEV_DEBUG": "0",
                  # A mutant changes one function: nine tenths of what is compiled again stays as it is.
                  "CARGO_INCREMENTAL": "1"}
    done = subprocess.run(command, cwd=work, env={**os.environ, **everywhere, **environment}, capture_output=True,
                          text=True)
    if "error: could not compile" in done.stderr or "error[" in done.stderr:
        sys.exit(f"a mutant does not compile:\n{done.stderr}")
    if test and " 1 failed" not in done.stdout and " 1 passed" not in done.stdout:
        sys.exit(f"{test} did not run:\n{done.stdout}{done.stderr}")
    return done.returncode == 0
