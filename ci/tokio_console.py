"""`tokio_console.py STAGE CLIENT`: what the published tokio-console shows of the stage's tasks, on each runtime."""

import os
import re
import shlex
import subprocess
import sys
import tempfile
import time

STAGE, CLIENT = sys.argv[1:]


class Terminal:
    """A terminal of its own with a program in it."""

    def __init__(self, command: str):
        self.socket = tempfile.mktemp(prefix="tokio-console-")
        self.tmux("new-session", "-d", "-s", "it", "-x", "200", "-y", "50", command)

    def tmux(self, *arguments: str) -> str:
        # The client draws its states as single characters.
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color"}
        command = ["tmux", "-u", "-S", self.socket, "-f", "/dev/null", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout

    def press(self, *keys: str) -> None:
        self.tmux("send-keys", "-t", "it", *keys)

    def until(self, is_so, what: str) -> str:
        """The screen, once it is as it must be."""
        deadline = time.monotonic() + 30
        while True:
            screen = self.tmux("capture-pane", "-p", "-t", "it")
            if is_so(screen):
                return screen
            if time.monotonic() > deadline:
                sys.exit(f"never seen: {what}; this is:\n{screen}")
            time.sleep(0.05)

    def close(self) -> None:
        self.tmux("kill-server")


class Stage:
    """The program that is looked at."""

    def __init__(self, runtime: str):
        command = [STAGE, runtime, "127.0.0.1:0"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        self.url = self.process.stdout.readline().strip()

    def tell(self, line: str) -> None:
        print(line, file=self.process.stdin, flush=True)
        assert self.process.stdout.readline().strip() == "done", line

    def close(self) -> None:
        self.process.kill()
        self.process.wait()


def rows(screen: str) -> list[dict[str, str]]:
    """The table of tasks by its columns, each of which begins where its title does."""
    lines = screen.splitlines()
    top = next((at for at, line in enumerate(lines) if " ID " in line and "State" in line), None)
    if top is None:
        return []
    titles = [(title.start(), title[0].strip("▵▿")) for title in re.finditer(r"[A-Z]\w*[▵▿]?", lines[top])]
    ends = [start for start, _ in titles[1:]] + [None]
    found = []
    for line in lines[top + 1:]:
        row = {title: line[start:end].strip(" │") for (start, title), end in zip(titles, ends)}
        if line.startswith("│") and row["Name"]:
            found.append(row)
    return found


def alive(screen: str) -> list[dict[str, str]]:
    return [row for row in rows(screen) if row["State"] != "⏹"]


def check(runtime: str) -> None:
    stage = Stage(runtime)
    stage.tell("play")
    terminal = Terminal(shlex.join([CLIENT, "--no-colors", "--retain-for", "2min", stage.url]))
    try:
        screen = terminal.until(lambda screen: len(alive(screen)) == 4, "four tasks")
        assert "(CONNECTED)" in screen, screen
        # Its own warning: of 200 wakes 200 came while it ran.
        assert "1 tasks have woken themselves over 50% of the time" in screen, screen
        table = alive(screen)
        assert sorted(row["Name"] for row in table) == ["spins", "waits", "waits", "waits"], screen
        polls = {row["Name"]: row["Polls"] for row in table}
        assert polls == {"spins": "201", "waits": "1"}, screen
        for row in table:
            assert row["State"] == "⏸" and row["Kind"] == "task", screen
            assert row["Location"].startswith("tests/console/main.rs:"), screen
            assert f"target={runtime}" in row["Fields"] and "size.bytes=" in row["Fields"], screen
            assert all(row[column][0].isdigit() for column in ("Total", "Busy", "Sched", "Idle")), screen

        # One task: its wakes, and how long its polls took.
        at = [row["Name"] for row in rows(screen)].index("spins")
        terminal.press("g", "g", *["Down"] * at, "Enter")
        screen = terminal.until(lambda screen: "Poll Times Histogram" in screen and "p99" in screen, "its details")
        assert "Name: spins" in screen and f"Target: {runtime}" in screen, screen
        assert "Woken: 200 times" in screen and "Self Wakes: 200 times (100%)" in screen, screen
        assert "Current wakers: 1" in screen and "Scheduled Times Histogram" in screen, screen
        assert "This task has woken itself for more than 50% of its total wakeups (100%)" in screen, screen
        terminal.press("Escape")

        # It stands still when told to; then the tasks are over.
        terminal.until(lambda screen: len(alive(screen)) == 4, "the list again")
        terminal.press("Space")
        terminal.until(lambda screen: "PAUSED" in screen, "that it is paused")
        stage.tell("end")
        terminal.press("Space")
        terminal.until(lambda screen: rows(screen) and not alive(screen), "that all are over")
        print(f"{runtime}: tokio-console shows its tasks, one by one, until they are over")
    finally:
        terminal.close()
        stage.close()


for name in ("tokio", "smol", "async-std"):
    check(name)
