"""Renders templates with Python's Jinja2 and says what it gives: the oracle of the golden files and of the fuzzer.

Reads one JSON object a line ({"template", "context", "templates"}; "json" is the context as a text of JSON), writes one a line: {"expected"} or
{"error": {"type", "message", "lineno"}}. Needs Jinja2 3.1 (Debian: python3-jinja2); tests do not need it.
"""

import json
import re
import sys
import traceback

import jinja2

NAME = "<template>"
ADDRESS = re.compile(r" at 0x[0-9a-f]+")


class Environment(jinja2.Environment):
    """Jinja2 with what the product has beside: Python 2's habits that do not conflict with Python 3."""

    VIEWS = (type({}.keys()), type({}.values()), type({}.items()))
    ITERATORS = {
        "iterkeys": dict.keys,
        "itervalues": dict.values,
        "iteritems": dict.items,
    }

    def getattr(self, obj, attribute):
        if isinstance(obj, dict):
            if attribute in self.ITERATORS:
                return lambda: iter(list(self.ITERATORS[attribute](obj)))
            if attribute == "has_key":
                return lambda key: key in obj
        if attribute == "next" and hasattr(obj, "__next__"):
            return lambda: next(obj)
        return super().getattr(obj, attribute)

    def getitem(self, obj, argument):
        if isinstance(obj, self.VIEWS) and isinstance(argument, int):
            obj = list(obj)
        return super().getitem(obj, argument)


def line_of(error):
    if isinstance(error, jinja2.TemplateSyntaxError):
        return error.lineno
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == NAME]
    return lines[-1] if lines else None


def run(case):
    loader = jinja2.DictLoader(case["templates"]) if "templates" in case else None
    environment = Environment(loader=loader, **case.get("opts", {}))
    environment.filters["re_escape"] = re.escape
    try:
        code = environment.compile(case["template"], name=None, filename=NAME)
        template = jinja2.Template.from_code(environment, code, environment.globals)
        context = json.loads(case["json"]) if "json" in case else case.get("context", {})
        output = template.render(context)
        return {"expected": ADDRESS.sub(" at 0x7f0000000000", output)}
    except Exception as error:
        message = ADDRESS.sub(" at 0x7f0000000000", str(error))
        return {
            "error": {
                "type": type(error).__name__,
                "message": message,
                "lineno": line_of(error),
            }
        }


def main():
    sys.setrecursionlimit(1000)
    for line in sys.stdin:
        result = run(json.loads(line))
        sys.stdout.write(json.dumps(result) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
