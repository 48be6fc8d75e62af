"""Times Python's Jinja2 for template.bench.ts: one JSON command a line, one JSON answer a line.

{"load": NAME, "template", "context"} compiles and keeps; {"compile": NAME} and {"render": NAME} give milliseconds.
"""

import json
import re
import sys
import time

import jinja2

loaded = {}
NO_HOSTNAME = re.compile(r"""[\s"'\\#$%&{}()[\]<>/?@,;!=|^`~+]""")


def environment():
    """With the filters of ours that the example uses."""
    made = jinja2.Environment()
    made.filters["quote"] = lambda text: "'" + str(text).replace("'", "'\\''") + "'"
    made.filters["hostname"] = lambda text: NO_HOSTNAME.sub("", str(text).lower()).lstrip("-") or text
    return made


def timed(action):
    start = time.perf_counter()
    result = action()
    return result, (time.perf_counter() - start) * 1000


def answer(command):
    if "load" in command:
        template = environment().from_string(command["template"])
        loaded[command["load"]] = (command["template"], template, command["context"])
        return {"output": template.render(command["context"])}
    if "compile" in command:
        source = loaded[command["compile"]][0]
        return {"ms": timed(lambda: environment().from_string(source))[1]}
    _, template, context = loaded[command["render"]]
    return {"ms": timed(lambda: template.render(context))[1]}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
