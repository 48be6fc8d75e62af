"""Turns test/template/sources/*.txt into test/template/golden/oracle/*.json, with Python's Jinja2 as the oracle.

A source has groups. A group's head is a line `=== NAME JSON`, the JSON (which may be missing) an object with the
`context`, and `opts` and `templates` for the environment. Every other line is one template, `⏎` its line breaks;
`«a¦b»` stands for a template with each of the alternatives. Lines that begin with `---` are comments.

Usage: /usr/bin/python3 test/template/generate.py
"""

import itertools
import json
import pathlib
import re

import oracle

HERE = pathlib.Path(__file__).parent
CHOICE = re.compile("«([^»]*)»")


def expand(line):
    parts = CHOICE.split(line)
    choices = [
        part.split("¦") if i % 2 else [part] for i, part in enumerate(parts)
    ]
    for combination in itertools.product(*choices):
        yield "".join(combination).replace("⏎", "\n")


def read(path):
    groups = []
    for line in path.read_text(encoding="utf8").split("\n"):
        if line.startswith("=== "):
            name, _, head = line[4:].partition(" ")
            groups.append({"group": name, **json.loads(head or "{}"), "cases": []})
        elif line and not line.startswith("---"):
            groups[-1]["cases"].extend(expand(line))
    return groups


def answer(group, template):
    case = {key: group[key] for key in ("opts", "templates") if key in group}
    # A context of its own for each, since templates can change it.
    context = json.loads(json.dumps(group.get("context", {})))
    return {
        "template": template,
        **oracle.run({**case, "context": context, "template": template}),
    }


def dump(groups):
    """One case a line, so that a change of the language shows as a change of lines."""
    texts = []
    for group in groups:
        head = json.dumps({k: v for k, v in group.items() if k != "cases"}, ensure_ascii=False)
        cases = [json.dumps(case, ensure_ascii=False) for case in group["cases"]]
        texts.append(head[:-1] + ', "cases": [\n' + ",\n".join(cases) + "\n]}")
    return "[\n" + ",\n".join(texts) + "\n]\n"


def main():
    total = 0
    for path in sorted((HERE / "sources").glob("*.txt")):
        groups = read(path)
        for group in groups:
            group["cases"] = [answer(group, case) for case in group["cases"]]
            total += len(group["cases"])
        target = HERE / "golden" / "oracle" / (path.stem + ".json")
        target.write_text(dump(groups), encoding="utf8", errors="surrogatepass")
    print(total, "cases")


if __name__ == "__main__":
    main()
