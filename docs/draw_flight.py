#!/usr/bin/env python3
"""Draws half a second of a flight record around its longest poll as an SVG: draw_flight.py RECORD > flight.svg.

`cargo run --example hunts -- stall --record stall.json` writes such a record: a profile for the Firefox Profiler.
"""

import json
import sys
from html import escape

WIDTH, LEFT, RIGHT, TOP = 920, 144, 30, 60
THREAD, TASK, BAR, GAP = 74, 24, 22, 6
# In milliseconds: what is drawn, and the share of it before the poll.
LENGTH, BEFORE = 500, 0.25
# A longer delay is drawn in full.
LONG = 20
STYLE = """
svg { font: 13px system-ui, sans-serif; background: #fff; color: #1f2328; }
text { fill: currentColor; } .dim { fill: #59636e; font-size: 11px; }
.grid { stroke: #d1d9e0; } .line { stroke: #f3f5f7; stroke-width: 22; }
.late { fill: #cf222e; } .a { fill: #2f6fde; } .b { fill: #8250df; } .c { fill: #1a7f37; } .d { fill: #9a6700; }
.wait { opacity: .28; } .wake { fill: #59636e; }
.arrow { stroke: #818b98; fill: none; opacity: .45; } .long { stroke: #1f2328; stroke-width: .9; fill: none; opacity: .7; }
.head { fill: #1f2328; } .note { fill: #fff; font-weight: 600; }
@media (prefers-color-scheme: dark) {
  svg { background: #0d1117; color: #e6edf3; } .dim { fill: #9198a1; } .grid { stroke: #30363d; }
  .line { stroke: #1b212a; } .late { fill: #ff7b72; } .a { fill: #58a6ff; } .b { fill: #bc8cff; } .c { fill: #3fb950; }
  .d { fill: #d29922; } .wake { fill: #9198a1; } .long { stroke: #e6edf3; } .head { fill: #e6edf3; }
  .note { fill: #0d1117; }
}
"""


class Marker:
    """A poll, or a wake, which has no length."""

    def __init__(self, profile, thread, number):
        markers, strings = thread["markers"], thread["stringArray"]
        data = markers["data"][number]
        self.thread, self.name = thread["tid"], strings[markers["name"][number]]
        self.task, self.delay = strings[data["task"]], data["delay"] or 0
        self.start, self.end = markers["startTime"][number], markers["endTime"][number]
        self.is_poll = markers["phase"][number] == 1
        self.is_wake = profile["meta"]["categories"][markers["category"][number]]["name"] == "wakes"
        if not self.is_poll:
            self.end = self.start


def main(path):
    profile = json.load(open(path))
    markers = [Marker(profile, thread, number) for thread in profile["threads"]
               for number in range(thread["markers"]["length"])]
    longest = stall_of([marker for marker in markers if marker.is_poll])
    begin = longest.start - BEFORE * LENGTH
    shown = [marker for marker in markers if marker.end > begin and marker.start < begin + LENGTH]
    threads = [thread for thread in profile["threads"] if any(marker.thread == thread["tid"] for marker in shown)]
    # Threads that only wake tasks first: their arrows lead down.
    threads.sort(key=lambda thread: any(marker.is_poll and marker.thread == thread["tid"] for marker in shown))
    names = sorted({marker.name for marker in shown} - {longest.name})
    colours = {longest.name: "late"} | {name: "abcd"[n % 4] for n, name in enumerate(names)}
    # One task of each name.
    tasks = [next(marker for marker in shown if marker.name == name) for name in [*names, longest.name]]
    tops = {thread["tid"]: TOP + THREAD * n for n, thread in enumerate(threads)}
    of_tasks = TOP + THREAD * len(threads) + GAP - 10
    height = of_tasks + TASK * len(tasks) + 26

    def at(millis):
        return LEFT + (WIDTH - LEFT - RIGHT) * min(max(millis - begin, 0), LENGTH) / LENGTH

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">']
    out.append(f"<title>{LENGTH} ms of a flight record: while polls of {escape(longest.name)} hold all workers, "
               f"every other task waits</title><style>{STYLE}</style>")
    out.append('<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
               'orient="auto"><path class="head" d="M0 0L8 4L0 8z"/></marker></defs>')
    x = 16
    for name in [longest.name, *names]:
        out.append(f'<rect class="{colours[name]}" x="{x}" y="14" width="12" height="12" rx="2"/>')
        out.append(f'<text x="{x + 18}" y="25">{escape(name)}</text>')
        x += 44 + 7 * len(name)
    out.append(f'<text class="dim" x="{WIDTH - RIGHT}" y="25" text-anchor="end">bar: a poll; dot: a wake; '
               'arrow: from a wake to its poll; pale: runnable</text>')
    for tick in range(0, LENGTH + 1, 100):
        x = at(begin + tick)
        out.append(f'<path class="grid" d="M{x:.1f} {TOP - 14}V{height - 24}"/>')
        out.append(f'<text class="dim" x="{x:.1f}" y="{height - 9}" text-anchor="middle">{tick} ms</text>')
    numbers = {}
    for thread in threads:
        y = tops[thread["tid"]]
        name = thread["name"]
        numbers[name] = numbers.get(name, 0) + 1
        if sum(other["name"] == name for other in threads) > 1:
            name += f" {numbers[name]}"
        out.append(f'<text x="16" y="{y + 15}">{escape(name)}</text>')
        out.append(f'<path class="line" d="M{LEFT} {y + BAR / 2}H{WIDTH - RIGHT}"/>')
    polls = sorted((marker for marker in markers if marker.is_poll), key=lambda marker: marker.start)
    wakes = [marker for marker in shown if marker.is_wake and marker.start >= begin]
    arrows = [(wake, poll) for wake in wakes if (poll := caused_by(wake, polls))]
    out += [short_arrow(wake, poll, tops, at) for wake, poll in arrows if poll.start - wake.start < LONG]
    for wake in wakes:
        out.append(f'<circle class="wake" cx="{at(wake.start):.1f}" cy="{tops[wake.thread] + BAR / 2}" r="1.3"/>')
    # The long ones below: a poll inside another is drawn on it.
    for poll in sorted((marker for marker in shown if marker.is_poll), key=lambda poll: poll.start - poll.end):
        out.append(bar(poll, colours[poll.name], tops[poll.thread], BAR, at))
        if poll.end - poll.start > LENGTH / 10:
            out.append(f'<text class="note" x="{at(poll.start) + 8:.1f}" y="{tops[poll.thread] + 15}">'
                       f"{escape(poll.name)}: a poll of {poll.end - poll.start:.0f} ms</text>")
    out += long_arrows([(wake, poll) for wake, poll in arrows if poll.start - wake.start >= LONG], tops, at)
    out.append(f'<text class="dim" x="16" y="{of_tasks - 12}">one task of each name</text>')
    for n, task in enumerate(tasks):
        y = of_tasks + TASK * n
        out.append(f'<text x="16" y="{y + 13}">{escape(task.name)}</text>')
        for poll in polls:
            if poll.task == task.task and poll.end > begin and poll.start - poll.delay < begin + LENGTH:
                out.append(f'<rect class="{colours[task.name]} wait" x="{at(poll.start - poll.delay):.1f}" y="{y + 2}" '
                           f'width="{at(poll.start) - at(poll.start - poll.delay):.1f}" height="14" rx="2"/>')
                out.append(bar(poll, colours[task.name], y + 2, 14, at))
                if poll.delay > LONG:
                    x = at(poll.start - poll.delay / 2)
                    out.append(f'<text class="dim" x="{x:.1f}" y="{y + 13}" text-anchor="middle">'
                               f"schedule delay {poll.delay:.0f} ms</text>")
    out.append("</svg>")
    print("\n".join(out))


def stall_of(polls):
    """The longest poll, but no poll of the start of the program, before which there is nothing to see."""
    first, last = min(poll.start for poll in polls), max(poll.end for poll in polls)
    inside = [poll for poll in polls if first + BEFORE * LENGTH < poll.start < last - (1 - BEFORE) * LENGTH]
    return max(inside, key=lambda poll: poll.end - poll.start)


def caused_by(wake, polls):
    """The next poll of the task that was woken."""
    return next((poll for poll in polls if poll.task == wake.task and poll.start > wake.start), None)


def short_arrow(wake, poll, tops, at):
    y, to_y = tops[wake.thread], tops[poll.thread]
    y, to_y = (y + BAR / 2, to_y) if to_y > y else (y + BAR / 2, to_y + BAR)
    return f'<path class="arrow" d="M{at(wake.start):.1f} {y}L{at(poll.start):.1f} {to_y}"/>'


def long_arrows(arrows, tops, at):
    """Each runs in a lane of its own below the thread of the wake. The first wake has the lowest lane: no two cross."""
    for thread, top in tops.items():
        of_thread = [(wake, poll) for wake, poll in arrows if wake.thread == thread]
        for n, (wake, poll) in enumerate(sorted(of_thread, key=lambda pair: -pair[0].start), 1):
            lane = top + BAR + (THREAD - BAR - 12) * n / len(of_thread)
            to_y = tops[poll.thread] + (-1 if tops[poll.thread] > top else BAR + 1)
            yield (f'<path class="long" marker-end="url(#head)" d="M{at(wake.start):.1f} {top + BAR / 2}V{lane:.1f}'
                   f'H{at(poll.start):.1f}V{to_y}"/>')


def bar(poll, colour, y, height, at):
    x, right = at(poll.start), at(poll.end)
    details = (f"{poll.name}, task {poll.task}&#10;poll: {poll.end - poll.start:.3f} ms&#10;"
               f"schedule delay: {poll.delay:.3f} ms")
    return (f'<rect class="{colour}" x="{x:.1f}" y="{y}" width="{max(0.9, right - x):.1f}" height="{height}" rx="1">'
            f"<title>{details}</title></rect>")


main(*sys.argv[1:])
