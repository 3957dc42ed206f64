"""Compares the OpenAPI description of a daemon with what the daemon answers: openapi.py ORIGIN.

Every path is asked, with every parameter, right and wrong; every answer must have a status and a type that stand there, and fit the schema.
The daemon must have something on record, held and awaited. Prints what is wrong, one line each."""

import json
import sys
import urllib.error
import urllib.parse
import urllib.request

import jsonschema

origin = sys.argv[1]
wrong = []


def complain(sentence):
    wrong.append(sentence)
    print(sentence)


def ask(path, **fields):
    """Status, type and body of an answer; of a stream only what comes at once."""
    request = urllib.request.Request(origin + path, headers=fields)
    try:
        answer = urllib.request.urlopen(request, timeout=30)
    except urllib.error.HTTPError as error:
        answer = error
    kind = answer.headers.get_content_type()
    if kind != "text/event-stream":
        return answer.status, kind, answer.read().decode()
    lines = []
    # The first block has a number only; the second one is an event.
    while lines.count("") < 2:
        lines.append(answer.readline().decode().rstrip("\n"))
    answer.close()
    return answer.status, kind, "\n".join(lines)


status, kind, text = ask("/api/v1/openapi.json")
description = json.loads(text)
schemas = description["components"]["schemas"]
if not description["openapi"].startswith("3.1."):
    complain("it is no description of OpenAPI 3.1")


def resolved(thing):
    while "$ref" in thing:
        place = description
        for word in thing["$ref"].removeprefix("#/").split("/"):
            place = place[word]
        thing = place
    return thing


def judge(schema, value, where):
    """Complains of a value that does not fit."""
    whole = {"$ref": schema["$ref"], "components": description["components"]} if "$ref" in schema else schema
    for error in jsonschema.Draft202012Validator(whole).iter_errors(value):
        complain(f"{where}: {'/'.join(map(str, error.absolute_path))}: {error.message}")


def check(path, operation, expected, target, **fields):
    status, kind, text = ask(target, **fields)
    if status != expected:
        return complain(f"{target} is answered with {status}, not {expected}: {text[:200]}")
    told = resolved(operation["responses"].get(str(status), {})).get("content", {})
    if kind not in told:
        return complain(f"{target}: status {status} with {kind} is not described")
    media = told[kind]
    if kind.endswith("json"):
        judge(media["schema"], json.loads(text), target)
    elif kind == "text/event-stream":
        data = [line.removeprefix("data: ") for line in text.split("\n") if line.startswith("data: ")]
        if not data:
            complain(f"{target}: no event has come")
        for line in data:
            judge(media["x-data-schema"], json.loads(line), target)
    elif not text:
        complain(f"{target}: nothing")
    return json.loads(text) if kind.endswith("json") else text


for name, schema in schemas.items():
    jsonschema.Draft202012Validator.check_schema(schema)
    for key in schema.get("properties", {}):
        if "description" not in schema["properties"][key] and "$ref" not in schema["properties"][key]:
            complain(f"{name}.{key} has no description")

good = {
    "resource": ["db", "d*"], "user": ["nobody"], "host": ["elsewhere"], "command": ["true"], "outcome": ["released", "held"],
    "since": ["1h"], "until": ["2h"], "limit": ["1", "1000"], "cursor": ["2"], "by": ["resource", "user", "host", "command"],
    "after": ["0"], "Last-Event-ID": ["0"],
}
bad = {"outcome": "lost", "since": "whenever", "until": "whenever", "limit": "0", "cursor": "x", "by": "age", "after": "x"}

for path, item in description["paths"].items():
    operation = item["get"]
    parameters = [resolved(parameter) for parameter in operation.get("parameters", [])]
    # Without a number a stream has nothing to tell yet.
    if "after" not in [parameter["name"] for parameter in parameters]:
        check(path, operation, 200, path)
    for parameter in parameters:
        name = parameter["name"]
        for value in good[name]:
            if parameter["in"] == "header":
                check(path, operation, 200, path, **{name: value})
            else:
                check(path, operation, 200, f"{path}?{urllib.parse.urlencode({name: value})}")
        if name in bad:
            check(path, operation, 400, f"{path}?{urllib.parse.urlencode({name: bad[name]})}")
    if "400" in operation["responses"]:
        check(path, operation, 400, f"{path}?nothing=of+this")

check("/metrics", description["paths"]["/metrics"]["get"], 200, "/metrics", Accept="application/openmetrics-text")

# What the answers should have had: a schema that nothing met has been tested with nothing.
status = check("/api/v1/status", description["paths"]["/api/v1/status"]["get"], 200, "/api/v1/status")
if sorted(row["outcome"] for row in status["requests"]) != ["held", "waiting"]:
    complain(f"the status has no holder and no waiter: {status}")
stats = check("/api/v1/stats", description["paths"]["/api/v1/stats"]["get"], 200, "/api/v1/stats")
if not any("blamed" in group for group in stats["groups"]):
    complain(f"nobody has made others wait: {stats}")

# Nothing is served that is not described: what is told at /api is in it, and every file that the page loads.
listed = {line.split()[0] for line in ask("/api")[2].splitlines() if line.startswith("/")}
for path in listed - set(description["paths"]):
    complain(f"{path} is told at /api, and not described")
for path in ["/live.js", "/live.css", "/page.css"]:
    if path not in description["paths"]:
        complain(f"{path} is not described")

print(f"{len(description['paths'])} paths, {len(wrong)} complaints")
sys.exit(1 if wrong else 0)
