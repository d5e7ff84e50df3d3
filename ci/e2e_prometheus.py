"""What a real Prometheus knows of a program, against what the program counted. `e2e_prometheus.py STAGE`."""

import json
import math
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard

ROOT = pathlib.Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
STATES = ["finished", "cancelled", "timeout", "exception"]
RUNTIMES = ["tokio", "smol", "async-std"]
# What this program has no reason to show: no runtime of it tells of workers, and no name is past the cap.
MAY_BE_EMPTY = ["asyncio_recorder_overflow_total", "asyncio_worker", "asyncio_queue_length"]


class Stage:
    """A program that does what it is told."""

    def __init__(self, path: str, runtime: str):
        command = [path, runtime, "127.0.0.1:0"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        self.address = urllib.parse.urlparse(self.line()).netloc

    def line(self) -> str:
        return self.process.stdout.readline().strip()

    def tell(self, text: str) -> str:
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()
        return self.line()


class Prometheus:
    """The real one, which scrapes each second."""

    def __init__(self, folder: pathlib.Path, targets: list, native: bool):
        folder.mkdir()
        shutil.copy(DEPLOY / "prometheus/rules.yml", folder)
        config = (DEPLOY / "prometheus/prometheus.yml").read_text()
        config = config.replace('["127.0.0.1:6680"]', json.dumps(targets)).replace("15s", "1s")
        (folder / "prometheus.yml").write_text(config)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        command = ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
                   f"--web.listen-address={self.address}", "--log.level=error"]
        feature = "native-histograms" if native else "exemplar-storage"
        self.process = subprocess.Popen([*command, f"--enable-feature={feature}"])

    def query(self, expression: str, what: str = "query") -> list:
        parameters = {"query": expression, "start": 0, "end": time.time() + 60}
        url = f"http://{self.address}/api/v1/{what}?" + urllib.parse.urlencode(parameters)
        with urllib.request.urlopen(url, timeout=10) as answer:
            found = json.load(answer)
        assert found["status"] == "success", (expression, found)
        return found["data"]["result"] if what == "query" else found["data"]

    def until(self, expression: str, is_there, seconds: int = 60) -> list:
        """The answer, once it is as it must be: told by nothing but asking again."""
        end = time.monotonic() + seconds
        found = None
        while time.monotonic() < end:
            try:
                found = self.query(expression)
                if is_there(found):
                    return found
            except OSError:
                pass  # it has not started yet
            time.sleep(0.2)
        sys.exit(f"{expression}: {found}")


def check_dashboard() -> list:
    """Grafana's own model takes all of it; its queries, as Grafana would send them."""
    plugins.register_default_plugins()
    text = json.loads((DEPLOY / "grafana/runtime-hooks.json").read_text())
    known = json.loads(JSONEncoder().encode(dashboard.Dashboard.from_json(text)))
    check_nothing_lost(text, known, "dashboard")
    panels = text["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    queries = [target["expr"] for panel in panels for target in panel["targets"]]
    for variable in ["job", "instance", "runtime", "name"]:
        queries = [query.replace(f"${variable}", ".*") for query in queries]
    queries = [query.replace("$__rate_interval", "1m") for query in queries]
    assert not any("$" in query for query in queries), queries
    print(f"dashboard: {len(panels)} panels, {len(queries)} queries; Grafana's model knows all that is in it")
    return queries


def check_nothing_lost(text, known, where: str) -> None:
    if isinstance(text, dict):
        for key, value in text.items():
            assert key in known, f"{where}.{key} is nothing that Grafana knows"
            check_nothing_lost(value, known[key], f"{where}.{key}")
    elif isinstance(text, list):
        assert len(text) == len(known), where
        for index, (a, b) in enumerate(zip(text, known)):
            check_nothing_lost(a, b, f"{where}[{index}]")
    else:
        assert text == known, (where, text, known)


def rule_expressions() -> list:
    rules = (DEPLOY / "prometheus/rules.yml").read_text().splitlines()
    found, block = [], None
    for line in rules:
        stripped = line.strip()
        if block is not None and line.startswith(" " * 10):
            block.append(stripped)
        elif block is not None:
            found.append(" ".join(block))
            block = None
        if stripped.startswith("expr: "):
            rest = stripped.removeprefix("expr: ")
            if rest == "|":
                block = []
            else:
                found.append(rest)
    return found


def check_values(prometheus: Prometheus, stages: dict) -> None:
    """Each number that Prometheus has of each series is the recorder's."""
    for runtime, stage in stages.items():
        counted = json.loads(stage.tell("count"))
        total = sum(series["spawned"] for series in counted)
        selector = f'async_runtime_name="{runtime}"'
        prometheus.until(f"sum(asyncio_process_spawned_total{{{selector}}})",
                         lambda found: found and float(found[0]["value"][1]) == total)

        def values(metric: str, *by: str) -> dict:
            labels = ["type", "name", *by]
            found = prometheus.query(f"sum by ({', '.join(labels)}) ({metric}{{{selector}}})")
            return {tuple(row["metric"].get(label, "") for label in labels): float(row["value"][1]) for row in found}

        spawned, active = values("asyncio_process_spawned_total"), values("asyncio_process_active")
        ended = values("asyncio_process_count_total", "state")
        durations = values("asyncio_process_duration_seconds_count")
        buckets = values("asyncio_process_duration_seconds_bucket", "le")
        for series in counted:
            name = "" if series["name"] == "(future)" else series["name"]
            key = (series["type"], name)
            assert spawned[key] == series["spawned"], (key, spawned[key], series)
            assert active[key] == series["active"], (key, active[key], series)
            for state in STATES:
                assert ended.get((*key, state), 0) == series[state], (key, state, series)
            over = sum(series[state] for state in STATES)
            assert durations.get(key, 0) == over == buckets.get((*key, "+Inf"), 0), (key, series)
        print(f"{runtime}: {len(counted)} series are in Prometheus as they were counted")


def check_native(prometheus: Prometheus, stages: dict) -> None:
    for runtime, stage in stages.items():
        counted = next(series for series in json.loads(stage.tell("count")) if series["name"] == "fetch")
        of = f'asyncio_process_duration_seconds{{async_runtime_name="{runtime}", name="fetch"}}'
        prometheus.until(f"histogram_count({of})",
                         lambda found: found and float(found[0]["value"][1]) == counted["finished"])
        median = float(prometheus.query(f"histogram_quantile(0.5, {of})")[0]["value"][1])
        mean = float(prometheus.query(f"histogram_sum({of}) / histogram_count({of})")[0]["value"][1])
        assert 0 < median < 10 and 0 < mean < 10 and not math.isnan(median), (median, mean)
        print(f"{runtime}: a native histogram of {counted['finished']}, half of them below {median * 1e6:.1f} us")


def check_exemplars(prometheus: Prometheus) -> None:
    """The traces of the tasks `fetch`, of each runtime."""
    series = prometheus.query('asyncio_process_duration_seconds_bucket{name=~"fetch|waits|reads"}', "query_exemplars")
    assert {one["seriesLabels"]["async_runtime_name"] for one in series} == set(RUNTIMES), series
    assert {one["seriesLabels"]["name"] for one in series} == {"fetch"}, series
    for one in series:
        longest = float(one["seriesLabels"]["le"])
        for exemplar in one["exemplars"]:
            assert exemplar["labels"] == {"trace_id": "ab" * 16, "span_id": "cd" * 8}, exemplar
            assert float(exemplar["value"]) <= longest and abs(exemplar["timestamp"] - time.time()) < 600, exemplar
    print(f"{len(series)} buckets have an exemplar")


def main() -> None:
    queries = check_dashboard()
    stages = {runtime: Stage(sys.argv[1], runtime) for runtime in RUNTIMES}
    processes = [stage.process for stage in stages.values()]
    work = pathlib.Path(tempfile.mkdtemp())
    try:
        targets = [stage.address for stage in stages.values()]
        prometheus = Prometheus(work / "classic", targets, native=False)
        native = Prometheus(work / "native", targets, native=True)
        processes += [prometheus.process, native.process]
        prometheus.until("up", lambda found: [row["value"][1] for row in found] == ["1"] * len(stages))
        for stage in stages.values():
            assert stage.tell("play") == "done"
        check_values(prometheus, stages)
        for stage in stages.values():
            assert stage.tell("spawn 100") == "done"
        check_values(prometheus, stages)
        check_native(native, stages)
        check_exemplars(prometheus)

        # A lint that is found in the program is a number there. Then each query has something to answer with.
        prometheus.until('rate(asyncio_lint_count_total{lint="self_waking", name="spins"}[1m]) > 0',
                         lambda found: len(found) == len(stages))
        for query in queries:
            found = prometheus.query(query)
            assert found or any(metric in query for metric in MAY_BE_EMPTY), f"nothing for {query}"
        expressions = rule_expressions()
        assert len(expressions) == 11, expressions
        for expression in expressions:
            prometheus.query(expression)
        recorded = prometheus.until("name:asyncio_process_spawned:rate5m", bool)
        assert {row["metric"]["async_runtime_name"] for row in recorded} == set(RUNTIMES)
        print(f"{len(queries)} queries of the dashboard and {len(expressions)} of the rules answer")
    finally:
        for process in processes:
            process.kill()
            process.wait()
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
