"""Two instances of the service and a real collector: e2e_otlp.py ROTEL BINARIES [SPANS_FILE]."""

import atexit
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import rotel_log

ROTEL, BINARIES = sys.argv[1:3]
WORK = pathlib.Path(tempfile.mkdtemp())
PROCESSES = []
REQUESTS = 25
BOUNDS = [float(f"{m}e{e}") for e in range(-6, 3) for m in (1, 2.5, 5)][:25]


@atexit.register
def clean_up():
    for process in PROCESSES:
        process.kill()
    shutil.rmtree(WORK)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Collector:
    def __init__(self):
        self.grpc, self.http, self.logs = free_port(), free_port(), []
        self.start()

    def start(self):
        self.logs.append(WORK / f"rotel-{self.grpc}-{len(self.logs)}.log")
        command = [ROTEL, "start", "--exporter", "blackhole", "--pid-file", str(WORK / "pid")]
        command += ["--otlp-grpc-endpoint", f"127.0.0.1:{self.grpc}"]
        command += ["--otlp-http-endpoint", f"127.0.0.1:{self.http}"]
        command += ["--debug-log", "traces", "--debug-log", "metrics", "--debug-log-verbosity", "detailed"]
        self.process = subprocess.Popen(command, stdout=open(self.logs[-1], "w"), stderr=subprocess.STDOUT)
        PROCESSES.append(self.process)
        for port in (self.grpc, self.http):
            wait_for(lambda: socket.create_connection(("127.0.0.1", port), 1).close() or True)

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait(30)

    def received(self):
        spans, metrics = [], []
        for log in self.logs:
            more = rotel_log.read(log)
            spans, metrics = spans + more[0], metrics + more[1]
        return spans, metrics


class Instance:
    def __init__(self, binary, name, protocol, collector, peer=None):
        port = collector.grpc if protocol == "grpc" else collector.http
        env = os.environ | {
            "OTEL_SERVICE_NAME": name,
            "OTEL_EXPORTER_OTLP_PROTOCOL": protocol,
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}",
            "OTEL_METRIC_EXPORT_INTERVAL": "200",
            "OTEL_BSP_SCHEDULE_DELAY": "200",
        }
        command = [f"{BINARIES}/{binary}", "--listen", "127.0.0.1:0"]
        command += ["--peer", peer.address] if peer else []
        self.process = subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        PROCESSES.append(self.process)
        self.address = self.process.stdout.readline().split()[-1]

    def get(self, path, headers={}):
        connection = http.client.HTTPConnection(self.address, timeout=30)
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        assert answer.status == 200, (path, answer.status, answer.read())
        return answer.read()

    def memory(self):
        """Resident, in KiB."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0])

    def finish(self):
        self.process.stdin.close()
        assert self.process.wait(60) == 0, "the service has exported everything"


def wait_for(condition, seconds=30):
    end = time.monotonic() + seconds
    while True:
        try:
            if condition():
                return
        except OSError:
            pass
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.05)


def expected_tree(orders, stock):
    """As (service, name, state) with what is under it."""
    return (
        ("orders", "GET /orders/{id}", None),
        [
            (("orders", "asyncio coro-price", "finished"), [
                (("orders", "asyncio coro-taxed", "finished"), []),
                (("orders", "asyncio to_thread-tariff", "finished"), []),
            ]),
            (("orders", "asyncio coro-recommend", "timeout"), []),
            (("orders", "asyncio coro-stock_of", "finished"), [
                (("orders", "GET", None), [
                    (("stock", "GET /stock/{id}", None), [
                        (("stock", "asyncio to_thread-shelf", "finished"), []),
                    ]),
                ]),
            ]),
            (("orders", "asyncio to_thread-sign", "finished"), []),
        ],
    )


def tree(spans, parent):
    found = []
    for span in spans:
        if span["Parent ID"] == parent:
            node = (span["resource"]["service.name"], span["Name"], span["attributes"].get("state"))
            found.append((node, tree(spans, span["ID"])))
    return sorted(found, key=str)


def check_span(span, runtime):
    """What runtime-hooks says of a process."""
    told = span["attributes"]
    assert told["async.runtime.name"] == runtime, span
    assert told["code.file.path"].endswith(".rs") and told["code.line.number"] > 0, span
    assert told["async.task.polls"] >= 1 and told["async.task.busy"] > 0, span
    assert told["async.task.scheduled"] >= 0, span
    late = told["state"] == "timeout"
    assert span["Status code"] == ("STATUS_CODE_ERROR" if late else "STATUS_CODE_UNSET"), span
    assert len(span["events"]) == late and told.get("error.type") == ("timeout" if late else None), span


def check_metrics(metrics, runtimes, requests):
    def total(metric, service, name, **more):
        return rotel_log.totals(metrics, f"asyncio.{metric}", service, name=name, **more)

    for service, names in {
        "orders": ["price", "taxed", "tariff", "sign", "stock_of", "recommend"],
        "stock": ["shelf"],
    }.items():
        for name in names:
            state = {"recommend": "timeout"}.get(name, "finished")
            same = {"async.runtime.name": runtimes[service]}
            assert total("process.spawned", service, name, **same) == requests, (service, name)
            assert total("process.active", service, name, **same) == 0, (service, name)
            for ended in ("process.count", "process.duration"):
                got = total(ended, service, name, state=state, **same)
                assert got == requests == total(ended, service, name), (service, name, ended, got)
    units = {metric["Name"]: metric["Unit"] for metric in metrics}
    for metric in ("process.duration", "schedule.duration", "poll.duration"):
        assert units[f"asyncio.{metric}"] == "s", units
    for metric in ("process.count", "process.spawned", "process.active"):
        assert units[f"asyncio.{metric}"] == "{process}", units
    histograms = [m for m in metrics if m["Name"].endswith(".duration")]
    for point in (point for metric in histograms for point in metric["points"]):
        assert point["bounds"] == BOUNDS, point["bounds"]
        assert sum(point["buckets"]) == int(point["Count"]) and len(point["buckets"]) == 26, point


def one_trace_over_two_processes(orders_on, stock_on, protocol):
    collector = Collector()
    stock = Instance(f"on-{stock_on}", "stock", protocol, collector)
    orders = Instance(f"on-{orders_on}", "orders", protocol, collector, stock)
    traces = {f"{n:031x}f": f"{n:015x}c" for n in range(1, REQUESTS + 1)}
    for trace, parent in traces.items():
        orders.get("/orders/8", {"traceparent": f"00-{trace}-{parent}-01"})
    not_sampled = "e" * 32
    orders.get("/orders/8", {"traceparent": f"00-{not_sampled}-{'d' * 16}-00"})
    for instance in (orders, stock):
        instance.finish()
    collector.stop()
    spans, metrics = collector.received()
    runtimes = {"orders": orders_on, "stock": stock_on}
    for trace, parent in traces.items():
        of_trace = [span for span in spans if span["Trace ID"] == trace]
        assert tree(of_trace, parent) == [expected_tree(orders_on, stock_on)], (trace, tree(of_trace, parent))
        assert len(of_trace) == 10, (trace, len(of_trace))
        for span in of_trace:
            if span["Name"].startswith("asyncio"):
                check_span(span, runtimes[span["resource"]["service.name"]])
    assert not [span for span in spans if span["Trace ID"] == not_sampled]
    check_metrics(metrics, runtimes, REQUESTS + 1)
    print(f"{protocol}: {orders_on} calls {stock_on}: {REQUESTS} traces of 10 spans each, metrics exact")
    return [span for span in spans if span["Trace ID"] == next(iter(traces))]


def the_collector_is_away_for_a_while(protocol):
    collector = Collector()
    stock = Instance("on-smol", "stock", protocol, collector)
    orders = Instance("on-tokio", "orders", protocol, collector, stock)
    for _ in range(REQUESTS):
        orders.get("/orders/1")
    collector.stop(signal.SIGKILL)
    before, slowest, away = orders.memory(), 0, 20 * REQUESTS
    for _ in range(away):
        start = time.monotonic()
        orders.get("/orders/1")
        slowest = max(slowest, time.monotonic() - start)
    grown = orders.memory() - before
    collector.start()
    for _ in range(REQUESTS):
        orders.get("/orders/1")
    for instance in (orders, stock):
        instance.finish()
    collector.stop()
    # An exporter gives a collector that is away 10 s: a program that waited for it would show it.
    assert slowest < 5, f"a request took {slowest} s"
    assert grown < 32 * 1024, f"{grown} KiB more without a collector"
    _, metrics = collector.received()
    check_metrics(metrics, {"orders": "tokio", "stock": "smol"}, away + 2 * REQUESTS)
    print(f"{protocol}: {away} requests without a collector: slowest {slowest * 1000:.0f} ms, "
          f"{grown} KiB more, counts exact once it is back")


spans = one_trace_over_two_processes("tokio", "smol", "grpc")
one_trace_over_two_processes("smol", "tokio", "http/protobuf")
for protocol in ("grpc", "http/protobuf"):
    the_collector_is_away_for_a_while(protocol)
if len(sys.argv) > 3:
    pathlib.Path(sys.argv[3]).write_text(json.dumps(spans, indent=1))
