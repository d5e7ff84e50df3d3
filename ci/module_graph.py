"""The file graph of a Rust crate.

There is an arrow from file A to file B if A uses a name that B defines. Names are resolved through `use`, `pub use`, globs,
renames, `crate::`, `self::`, `super::` and `$crate::`, and so are macros. `mod` lines are no arrows, nor are re-exports that
the file itself does not use. Test-only files have arrows among themselves. Method calls are not resolved: that takes types.
"""

import pathlib
from collections import defaultdict

from rust_source import Module, Parser


class Crate:
    """The modules of one target: a library, program, test, bench or example."""

    def __init__(self, root: pathlib.Path) -> None:
        self.macros = {}
        self.root = Module(root)
        Parser(self.macros, self.root, root.parent).parse()

    def arrows(self) -> dict:
        """File -> file -> the names that it uses."""
        found = defaultdict(lambda: defaultdict(set))
        for module in self.root.walk():
            for path in self.wanted(module):
                for definition, name in self.resolve(module, path, set()):
                    if not isinstance(definition, Module) and definition != module.file:
                        found[module.file][definition].add(name)
        tests = {module.file for module in self.root.walk() if module.for_tests}
        # Arrows between test-only files and others do not count.
        return {source: {file: names for file, names in targets.items() if (source in tests) == (file in tests)}
                for source, targets in found.items()}

    def wanted(self, module: Module):
        """The paths that the code of a module uses."""
        for path, alias, is_public in module.uses:
            if not is_public or alias in module.idents:
                yield path
        for path in module.globs:
            for target, _ in self.resolve(module, path, set()):
                if isinstance(target, Module):
                    yield from ([*path, name] for name in module.idents if name not in module.names)
                else:
                    yield path
        yield from module.paths

    def resolve(self, module: Module, path, seen: set) -> list:
        """The definitions of a path: modules, or files with the name that they define."""
        first, *rest = path
        if first in ("crate", "self", "super"):
            found = [({"crate": self.root, "self": module, "super": module.parent}[first], first)]
        else:
            found = self.look_up(module, first, seen)
            if not found and first in self.macros and not rest:
                return [(self.macros[first], f"{first}!")]
        for name in rest:
            modules = [found_module for found_module, _ in found if isinstance(found_module, Module)]
            if not modules:
                break  # a variant or an associated item follows
            if name == "super":
                found = [(found_module.parent, name) for found_module in modules]
            elif name != "self":
                found = [each for found_module in modules for each in self.look_up(found_module, name, seen)]
                if not found and name in self.macros:
                    found = [(self.macros[name], f"{name}!")]
        found = [each for each in found if each[0]]  # a root has no `super`
        items = [each for each in found if not isinstance(each[0], Module)]
        return items or found

    def look_up(self, module: Module, name: str, seen: set) -> list:
        if (module, name) in seen:
            return []
        seen = seen | {(module, name)}
        found = []
        for known in module.names.get(name, ()):
            if isinstance(known, (Module, pathlib.Path)):
                found.append((known, name))
            else:
                found += self.resolve(module, known, seen)
        if not found:
            for glob in module.globs:
                for target, _ in self.resolve(module, glob, seen | {(module, "*")}) if (module, "*") not in seen else ():
                    if isinstance(target, Module):
                        found += self.look_up(target, name, seen)
        return found


def circles(arrows: dict) -> list:
    """The sets of files that reach each other: strongly connected components."""
    reach = {}
    for source in arrows:
        seen, left = set(), [source]
        while left:
            for target in arrows.get(left.pop(), ()):
                if target not in seen:
                    seen.add(target)
                    left.append(target)
        reach[source] = seen
    knots = {frozenset(file for file in reach if file in reach[source] and source in reach[file])
             for source in reach if source in reach[source]}
    return sorted(map(sorted, knots))
