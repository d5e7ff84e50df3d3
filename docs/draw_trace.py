#!/usr/bin/env python3
"""Draws a trace as an SVG, from what a collector got of it: draw_trace.py SPANS_FILE > trace.svg.

`ci/e2e-otlp SPANS_FILE` writes such a file.
"""

import json
import sys
from html import escape

WIDTH, LEFT, ROW, TOP, BOTTOM = 920, 300, 30, 56, 34
STYLE = """
svg { font: 13px system-ui, sans-serif; background: #fff; color: #1f2328; }
text { fill: currentColor; } .dim { fill: #59636e; font-size: 11px; }
.grid { stroke: #d1d9e0; } .a { fill: #2f6fde; } .b { fill: #8250df; } .late { fill: #cf222e; }
.life { opacity: .28; } .tie { stroke: #818b98; fill: none; }
@media (prefers-color-scheme: dark) {
  svg { background: #0d1117; color: #e6edf3; } .dim { fill: #9198a1; } .grid { stroke: #30363d; }
  .a { fill: #58a6ff; } .b { fill: #bc8cff; } .late { fill: #ff7b72; }
}
"""


def main(path):
    spans = json.load(open(path))
    start = min(begin(span) for span in spans)
    length = max(end(span) for span in spans) - start
    ids = {span["ID"] for span in spans}
    rows = list(in_order(spans, [s for s in spans if s["Parent ID"] not in ids], 0))
    services = sorted({service(span) for span in spans})
    step = next(s for s in (1, 2, 5, 10, 20, 50, 100, 200, 500) if length / s <= 8)

    def at(millis):
        return LEFT + (WIDTH - LEFT - 130) * millis / length

    height = TOP + ROW * len(rows) + BOTTOM
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">']
    out.append(f"<title>One trace of {len(rows)} spans over {len(services)} processes</title><style>{STYLE}</style>")
    for n, name in enumerate(services):
        out.append(f'<rect class="{"ab"[n % 2]}" x="{16 + 190 * n}" y="14" width="12" height="12" rx="2"/>')
        runtime = next((s["attributes"]["async.runtime.name"] for s in spans
                        if service(s) == name and "async.runtime.name" in s["attributes"]), "?")
        out.append(f'<text x="{34 + 190 * n}" y="25">{escape(name)}, on {escape(runtime)}</text>')
    out.append(f'<text class="dim" x="{WIDTH - 16}" y="25" text-anchor="end">pale: from start to end; '
               'solid: time spent running</text>')
    for tick in range(0, int(length) + 1, step):
        x = at(tick)
        out.append(f'<path class="grid" d="M{x:.1f} {TOP - 8}V{height - BOTTOM}"/>')
        out.append(f'<text class="dim" x="{x:.1f}" y="{height - 14}" text-anchor="middle">{tick} ms</text>')
    places = {}
    for n, (span, depth) in enumerate(rows):
        y, x = TOP + ROW * n, 16 + 16 * depth
        places[span["ID"]] = (x, y)
        if span["Parent ID"] in places:
            above = places[span["Parent ID"]]
            out.append(f'<path class="tie" d="M{above[0] + 5} {above[1] + 19}V{y + 10}H{x - 2}"/>')
        out.append(f'<text x="{x + 2}" y="{y + 15}">{escape(span["Name"])}</text>')
        out.append(bar(span, services, at, start, y))
    out.append("</svg>")
    print("\n".join(out))


def bar(span, services, at, start, y):
    told = span["attributes"]
    kind = "late" if span["Status code"].endswith("ERROR") else "ab"[services.index(service(span)) % 2]
    x, right = at(begin(span) - start), at(end(span) - start)
    busy = max(1.5, at(told["async.task.busy"] * 1000) - at(0)) if "async.task.busy" in told else 0
    millis = end(span) - begin(span)
    label = f"{millis:.1f} ms" + (f", {told['state']}" if kind == "late" else "")
    details = "&#10;".join(f"{escape(key)}: {escape(str(value))}" for key, value in sorted(told.items()))
    return (f'<g><title>{details}</title>'
            f'<rect class="{kind} life" x="{x:.1f}" y="{y + 2}" width="{max(2, right - x):.1f}" height="17" rx="3"/>'
            f'<rect class="{kind}" x="{x:.1f}" y="{y + 2}" width="{min(busy, right - x):.1f}" height="17" rx="2"/>'
            f'<text class="dim" x="{max(right, x + 2) + 6:.1f}" y="{y + 15}">{label}</text></g>')


def in_order(spans, level, depth):
    for span in sorted(level, key=begin):
        yield span, depth
        yield from in_order(spans, [s for s in spans if s["Parent ID"] == span["ID"]], depth + 1)


def begin(span):
    return int(span["Start time"]) / 1e6


def end(span):
    return int(span["End time"]) / 1e6


def service(span):
    return span["resource"]["service.name"]


main(*sys.argv[1:])
