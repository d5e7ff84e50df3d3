"""Compares two exports of the same scenarios, metric by metric: theirs, then ours."""

import json
import sys

# A scenario that blocks for 50 ms either counts that or not.
TOLERANCE = 0.03


def points(path: str) -> dict[tuple, dict]:
    with open(path, encoding="utf-8") as file:
        return {(point["metric"], *sorted(point["attributes"].items())): point for point in json.load(file)}


def differences(theirs: dict[tuple, dict], ours: dict[tuple, dict]) -> list[str]:
    found = [f"only in Python: {key}" for key in theirs.keys() - ours.keys()]
    found += [f"only here: {key}" for key in ours.keys() - theirs.keys()]
    for key in theirs.keys() & ours.keys():
        their, our = theirs[key], ours[key]
        for field in ("unit", "description", "count"):
            if their[field] != our[field]:
                found.append(f"{key}: {field} is {our[field]!r}, in Python {their[field]!r}")
        if (their["sum"] is None) != (our["sum"] is None) or abs((their["sum"] or 0) - (our["sum"] or 0)) > TOLERANCE:
            found.append(f"{key}: the sum is {our['sum']}, in Python {their['sum']}")
    return sorted(found)


def main() -> int:
    theirs, ours = points(sys.argv[1]), points(sys.argv[2])
    found = differences(theirs, ours)
    print("\n".join(found) or f"{len(theirs)} values of Python's instrumentation are the same here")
    # The comparison itself must notice.
    broken = {key: {**point, "count": point["count"] + 1} for key, point in ours.items()}
    if len(differences(theirs, broken)) < len(theirs) or not theirs:
        print("the comparison does not notice a wrong count")
        return 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
