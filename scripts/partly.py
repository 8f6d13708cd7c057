#!/usr/bin/env python3
"""Prints, for each package of which `go test -short` leaves something out, the arguments of `go test` that run those tests alone:

    -run ^(TestA|TestB)$ ./path

Left out is what asks testing.Short, by itself or by a helper, and what rapid checks, which asks for it, too. A package in which something asks outside of a function, or in
TestMain, is run whole. What a package has in common with others, in files that are no tests, is not looked at: nothing there may ask.
"""

import re
import subprocess
from pathlib import Path

ASKS = r"testing\.Short\(\)|\brapid\."
FUNCTION = re.compile(r"^func (?:\([^)]*\) )?(\w+)[\[(].*?^}", re.M | re.S)


def files():
    listed = subprocess.run(["git", "ls-files", "*.go"], check=True, capture_output=True, text=True).stdout.split()
    asking = [f for f in listed if not f.endswith("_test.go") and re.search(r"testing\.Short\(\)", Path(f).read_text())]
    assert not asking, f"asks outside of tests: {asking}"
    return [f for f in listed if f.endswith("_test.go")]


def parts(names):
    """The functions of a package's tests, by name, and what is outside of them."""
    functions, outside = {}, ""
    for name in names:
        text = Path(name).read_text()
        for f in FUNCTION.finditer(text):
            functions[f[1]] = functions.get(f[1], "") + f[0]  # methods of one name count together
        outside += FUNCTION.sub("", text)
    return functions, re.sub(r"//.*", "", re.sub(r'^import (\(.*?^\)|".*?")', "", outside, flags=re.M | re.S))


def asking(functions):
    """The functions that ask, and those that call them."""
    found, pattern = set(), ASKS
    while True:
        more = {name for name, body in functions.items() if re.search(pattern, body.partition("\n")[2] if name in found else body)}
        if more <= found:
            return found
        found |= more
        helpers = [name for name in found if not name.startswith("Test")]
        pattern = "|".join([ASKS] + [rf"\b{name}\b" for name in helpers])


def main():
    packages = {}
    for name in files():
        packages.setdefault(str(Path(name).parent), []).append(name)
    for path, names in sorted(packages.items()):
        functions, outside = parts(names)
        found = asking(functions)
        if not found:
            continue
        helpers = [name for name in found if not name.startswith("Test")]
        whole = "TestMain" in found or re.search("|".join([ASKS] + [rf"\b{name}\b" for name in helpers]), outside)
        tests = sorted(name for name in found if name.startswith("Test"))
        print(f"./{path}" if whole else f"-run ^({'|'.join(tests)})$ ./{path}")


main()
