"""Parses the modules of a Rust crate: the names that each defines, imports and uses. Nothing is compiled."""

import pathlib
import re
from collections import defaultdict
from dataclasses import dataclass, field

TOKEN = re.compile(
    r"""(?P<skip>\s+|//[^\n]*|/\*.*?\*/)
    |(?P<string>[bc]?r(?P<hashes>\#*)".*?"(?P=hashes)|[bc]?"(?:\\.|[^"\\])*"|b?'(?:\\.[^']*|[^'\\])'|'\w+)
    |(?P<token>(?:r\#)?[A-Za-z_]\w*|\d\w*|::|->|=>|.)""", re.S | re.X)
IDENT = re.compile(r"[A-Za-z_]\w*$")
DEFINES = {"fn", "struct", "enum", "union", "trait", "type", "const", "static"}
OPEN, CLOSE = {"{": "}", "(": ")", "[": "]"}, {"}", ")", "]"}


@dataclass(eq=False)
class Module:
    """The names that a module defines, imports and uses."""

    file: pathlib.Path
    parent: "Module | None" = None
    for_tests: bool = False
    children: list = field(default_factory=list)
    names: dict = field(default_factory=lambda: defaultdict(list))  # name -> Module, file or path of a `use`
    globs: list = field(default_factory=list)
    uses: list = field(default_factory=list)  # (path, its name here, whether it is a re-export)
    paths: set = field(default_factory=set)  # of two segments and more, and macros
    idents: set = field(default_factory=set)

    def walk(self):
        yield self
        for child in self.children:
            yield from child.walk()


class Parser:
    """Parses one file, and the files of its `mod` lines."""

    def __init__(self, macros: dict, module: Module, folder: pathlib.Path) -> None:
        self.macros, self.module, self.folder = macros, module, folder
        self.tokens = [found.group("token") or found.group("string")
                       for found in TOKEN.finditer(module.file.read_text()) if not found.group("skip")]
        self.at = 0

    def parse(self, until: int | None = None) -> None:
        """Parses to the end of an inline module or of the file."""
        until, depth, transparent = until or len(self.tokens), 0, []
        path_attribute = None
        while self.at < until:
            token, following = self.tokens[self.at], self.peek(1)
            if token == "#" and (following == "[" or (following, self.peek(2)) == ("!", "[")):
                path_attribute = self.attribute() or path_attribute
            elif token == "use" and following != "<":  # not the bound `use<..>`
                self.use()
            elif token == "mod" and depth == 0 and IDENT.match(following):
                self.mod(path_attribute, for_tests=False)
                path_attribute = None
            elif token == "macro_rules" and following == "!":
                name = self.peek(2)
                self.macros[name] = self.module.file
                self.module.names[name].append(self.module.file)
                self.at += 3
            elif token in DEFINES and depth == 0 and IDENT.match(following) and following not in ("fn", "unsafe"):
                self.module.names[following].append(self.module.file)
                self.at += 2
            elif token in OPEN:
                # `pin_project! { struct .. }` defines items.
                is_macro = token == "{" and depth == 0 and self.peek(-1) == "!"
                transparent.append(is_macro)
                depth += not is_macro
                self.at += 1
            elif token in CLOSE:
                depth -= not transparent.pop()
                self.at += 1
            elif IDENT.match(token):
                self.path()
            else:
                self.at += 1

    def peek(self, ahead: int) -> str:
        at = self.at + ahead
        return self.tokens[at] if 0 <= at < len(self.tokens) else ""

    def attribute(self) -> str | None:
        """Skips an attribute, and the item after a `cfg(test)`. Returns the file of a `#[path = ..]`."""
        is_inner = self.peek(1) == "!"
        start = self.at + 1 + is_inner
        self.at = self.closing(start) + 1
        attribute = self.tokens[start + 1:self.at - 1]
        if attribute[:2] == ["cfg", "("] and not is_inner and needs_test(attribute[2:-1]):
            self.skip_item()
        return attribute[2].strip('"') if attribute[:2] == ["path", "="] else None

    def skip_item(self) -> None:
        path_attribute = None
        while self.peek(0) == "#":
            path_attribute = self.attribute() or path_attribute
        while self.peek(0) == "pub":
            self.at += 1
            if self.peek(0) == "(":
                self.at = self.closing(self.at) + 1
        if self.peek(0) == "mod" and self.peek(2) == ";":
            return self.mod(path_attribute, for_tests=True)
        keyword = self.peek(0)
        ends = {";"}
        if keyword == "const" and self.peek(1) == "fn" or keyword in {
                "fn", "impl", "mod", "struct", "enum", "trait", "unsafe", "async", "macro_rules", "extern", "union", "{"}:
            ends |= {"{"}
        elif keyword not in {"use", "static", "const", "type", "let"}:
            ends |= {",", "{"}  # a field, a variant, an arm or a statement
        while self.at < len(self.tokens) and self.peek(0) not in CLOSE:
            token = self.peek(0)
            if token in OPEN:
                self.at = self.closing(self.at)
            self.at += 1
            if token in ends:
                if token == "{" and self.peek(0) == ",":
                    self.at += 1
                return None
        return None

    def closing(self, at: int) -> int:
        depth = 0
        while at < len(self.tokens):
            depth += (self.tokens[at] in OPEN) - (self.tokens[at] in CLOSE)
            if depth == 0:
                return at
            at += 1
        raise SystemExit(f"{self.module.file}: a bracket is not closed")

    def mod(self, path_attribute: str | None, for_tests: bool) -> None:
        name = self.peek(1)
        for_tests = for_tests or self.module.for_tests
        if self.peek(2) == "{":
            end = self.closing(self.at + 2)
            self.at += 3
            child = Module(self.module.file, self.module, for_tests)
            outer, self.module, self.folder = (self.module, self.folder), child, self.folder / name
            self.parse(end)
            self.at = end + 1
            self.module, self.folder = outer
        else:
            self.at += 3
            options = [self.folder / f"{name}.rs", self.folder / name / "mod.rs"]
            if path_attribute:
                options = [self.module.file.parent / path_attribute]
            file = next((option.resolve() for option in options if option.is_file()), None)
            if not file:
                raise SystemExit(f"{self.module.file}: no file for `mod {name}`")
            child = Module(file, self.module, for_tests)
            is_folder = path_attribute or file.name == "mod.rs"
            Parser(self.macros, child, file.parent if is_folder else self.folder / name).parse()
        self.module.children.append(child)
        self.module.names[name].append(child)

    def use(self) -> None:
        is_public = self.peek(-1) == "pub" or self.peek(-1) == ")"
        self.at += 1
        for path, alias in self.use_tree([]):
            if not path:
                continue
            if alias == "*":
                self.module.globs.append(path)
            else:
                self.module.uses.append((path, alias, is_public))
                self.module.names[alias].append(path)

    def use_tree(self, before: list) -> list:
        """The paths of a `use`, each with its local name. Stops at the `;`, `,` or `}`."""
        path, found = list(before), []
        while True:
            token = self.peek(0)
            self.at += 1
            if token == "{":
                while self.peek(0) != "}":
                    found += self.use_tree(path)
                    self.at += self.peek(0) == ","
                self.at += 1
                return found
            if token == "*":
                return [(path, "*")]
            if token == "as":
                self.at += 1
                return [(path, self.peek(-1))]
            if IDENT.match(token):
                # `a::{self}` is `a`.
                path += [token] if token != "self" or not path else []
            elif token == "::" and not path:
                path = ["::"]  # another crate
            elif token == "$" and self.peek(0) != "crate":
                path += ["$"]  # an argument of a macro
            if self.peek(0) in (";", ",", "}"):
                return [(path, path[-1])]

    def path(self) -> None:
        path, is_global, is_member = [self.peek(0)], self.peek(-1) == "::", self.peek(-1) == "."
        while self.peek(1) == "::" and IDENT.match(self.peek(2)):
            self.at += 2
            path.append(self.peek(0))
        self.at += 1
        if is_global or is_member:
            return
        self.module.idents.add(path[0])
        if len(path) > 1 or (self.peek(0) == "!" and self.peek(1) in OPEN):
            self.module.paths.add(tuple(path))


def needs_test(predicate: list) -> bool:
    """Whether a `cfg` predicate requires `test`."""
    if predicate[:2] == ["all", "("]:
        depth, part, parts = 0, [], []
        for token in predicate[2:-1]:
            depth += (token in OPEN) - (token in CLOSE)
            if token == "," and depth == 0:
                parts.append(part)
                part = []
            else:
                part.append(token)
        return any(needs_test(part) for part in [*parts, part])
    return predicate == ["test"]
