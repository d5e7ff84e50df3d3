"""Reads what Rotel, a collector, says of all that it is sent: its debug log of metrics and traces, in detail."""

import re

VALUE = re.compile(r"(\w+)\((.*)\)$")
INDENTED = re.compile(r"\s*-> (.+?): (.*)$")
FIELD = re.compile(r"\s*([A-Z][\w ]*?)\s*: (.*)$")


def value(text):
    kind, inner = VALUE.match(text).groups()
    return {"Int": int, "Double": float}.get(kind, str)(inner)


def read(path):
    """`(spans, metrics)`, each a list of dicts in the order of arrival; a metric has `points`."""
    spans, metrics = [], []
    resource, target, attributes, point = {}, None, None, None
    for line in open(path, errors="replace"):
        line = line.rstrip("\n")
        if line.startswith(("ResourceSpans", "ResourceMetrics")):
            resource = attributes = {}
            target = None
        elif line.startswith(("ScopeSpans", "ScopeMetrics", "InstrumentationScope")):
            attributes = None
        elif line.startswith("Span #"):
            target = attributes = None
            span = {"resource": resource, "attributes": {}, "events": []}
            spans.append(span)
            target = span
        elif line.startswith("SpanEvent #"):
            target["events"].append({"attributes": {}})
            attributes = target["events"][-1]
        elif line.startswith("Metric #"):
            target = attributes = {"resource": resource, "points": []}
            metrics.append(target)
        elif "DataPoints #" in line:
            point = {"attributes": {}, "bounds": [], "buckets": []}
            target["points"].append(point)
            attributes = None
        elif line.startswith("Data point attributes:"):
            attributes = point["attributes"]
        elif line.startswith("Attributes:") or line.strip() == "-> Attributes::":
            attributes = (target["events"][-1] if target["events"] else target)["attributes"]
        elif line.startswith("ExplicitBounds"):
            point["bounds"].append(float(line.split(": ")[1]))
        elif line.startswith("Buckets #"):
            point["buckets"].append(int(line.rsplit(": ", 1)[1]))
        elif (match := INDENTED.match(line)) and attributes is not None:
            key, text = match.groups()
            attributes[key] = value(text) if VALUE.match(text) else text
        elif (match := FIELD.match(line)) and target is not None:
            into = point if "points" in target and target["points"] else target
            into[match[1]] = match[2]
    return spans, metrics


def totals(metrics, name, service, /, **attributes):
    """The last value of a cumulative metric, over all points with these attributes."""
    last = {}
    for metric in metrics:
        if metric.get("Name") == name and metric["resource"]["service.name"] == service:
            for point in metric["points"]:
                if attributes.items() <= point["attributes"].items():
                    key = tuple(sorted(point["attributes"].items()))
                    last[key] = int(point.get("Value") or point["Count"])
    return sum(last.values())
