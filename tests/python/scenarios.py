"""The scenarios of `main.rs` on Python's own instrumentation. Prints what it exports."""

import asyncio
import json
import threading
import time

from opentelemetry.instrumentation.asyncio import AsyncioInstrumentor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

BLOCK = 0.05


async def fetch():
    await asyncio.sleep(0)


async def hang():
    await asyncio.Event().wait()


async def refuse():
    raise ValueError


async def too_late():
    raise asyncio.TimeoutError


async def late_start():
    pass


async def never_runs():
    pass


async def gathered():
    await asyncio.sleep(0)


async def completed():
    await asyncio.sleep(0)


async def member():
    await asyncio.sleep(0)


async def from_thread():
    await asyncio.sleep(0)


class Client:
    async def get(self):
        await asyncio.sleep(0)


def read():
    time.sleep(BLOCK)


def fails():
    raise ValueError


async def ignore(awaitable):
    try:
        await awaitable
    except (ValueError, asyncio.TimeoutError, asyncio.CancelledError):
        pass


async def scenarios():
    await asyncio.create_task(fetch())
    await asyncio.create_task(Client().get())
    await ignore(asyncio.create_task(refuse()))
    await ignore(asyncio.create_task(too_late()))
    # Cancelled while it waits, and before its first step.
    waits = asyncio.create_task(hang())
    await asyncio.sleep(0)
    waits.cancel()
    await ignore(waits)
    unborn = asyncio.create_task(never_runs())
    unborn.cancel()
    await ignore(unborn)
    # The deadline of `wait_for` elapses.
    await ignore(asyncio.wait_for(hang(), 0.001))
    # The time in front of the first step does not count.
    late = asyncio.create_task(late_start())
    time.sleep(BLOCK)
    await late
    await asyncio.to_thread(read)
    await ignore(asyncio.to_thread(fails))
    await asyncio.gather(gathered(), gathered())
    done = asyncio.get_running_loop().create_future()
    done.set_result(None)
    await asyncio.gather(done)
    for one in asyncio.as_completed([completed(), completed()]):
        await one
    async with asyncio.TaskGroup() as group:
        group.create_task(member())
    loop = asyncio.get_running_loop()
    thread = threading.Thread(target=lambda: asyncio.run_coroutine_threadsafe(from_thread(), loop).result())
    thread.start()
    while thread.is_alive():
        await asyncio.sleep(0.001)


def main():
    reader = InMemoryMetricReader()
    AsyncioInstrumentor().instrument(meter_provider=MeterProvider(metric_readers=[reader]))
    loop = asyncio.new_event_loop()
    loop.run_until_complete(scenarios())
    exported = []
    for resource in reader.get_metrics_data().resource_metrics:
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                for point in metric.data.data_points:
                    exported.append({
                        "metric": metric.name,
                        "unit": metric.unit,
                        "description": metric.description,
                        "attributes": dict(point.attributes),
                        "count": getattr(point, "count", None) or point.value,
                        "sum": getattr(point, "sum", None),
                    })
    print(json.dumps(exported))


main()
