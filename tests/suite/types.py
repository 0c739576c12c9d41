"""Judges the pages of a wiki by the JSON Schema of its types: all must fit, and each of some
spoiled copies must not. Usage: types.py SCHEMA FOLDER. Says what did not come out as it should."""
import json
import pathlib
import re
import sys

import yaml
from jsonschema import Draft202012Validator


class Core(yaml.SafeLoader):
    """YAML 1.2's core schema: dates stay text, and only true and false are yes and no."""


OLD = ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool")
Core.yaml_implicit_resolvers = {
    first: [(tag, what) for tag, what in known if tag not in OLD]
    for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Core.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf"))

SPOILED = {
    "budget-entry": [
        ("amount", "500000.00"), ("amount", 500000), ("amount", "EUR 500.000,00"), ("amount", "USD 1.00"),
        ("amount", None), ("date", "1-5-2010"), ("date", "2010-13"), ("period", "2010"), ("period", "../.."),
        ("kind", "plannd"), ("vat", True), ("plan", ["plannen/plan-van-aanpak"]), ("fictional", "ja"),
        ("open_amount", "EUR 1.00"), ("id", "BA-1"), ("type", "begroting"), ("title", "x" * 161),
    ],
    "project": [("partners", "bzk"), ("partners", [{"who": 3}]), ("planned", "EUR 1.00"), ("progress", "80%")],
    "phase": [("order", "1"), ("order", -1), ("order", 1.5), ("period", "2010-01 - 2010-05")],
}
LEFT_OUT = {"budget-entry": ["amount", "id", "plan"], "phase": ["period", "order"]}
FITS = {
    "budget-entry": [
        ("amount", "unknown"), ("amount", "EUR -0.50"), ("date", 2010), ("date", "2010-05"), ("date", "2010-05-01"),
        ("period", "2009-09/.."), ("period", "../2009-12-31"), ("anders", {"x": [1]}),
    ],
}


def main(schema_file, folder):
    schema = json.loads(pathlib.Path(schema_file).read_text())
    Draft202012Validator.check_schema(schema)
    judge = Draft202012Validator(schema)
    wrong, records = [], {}
    for page in sorted(pathlib.Path(folder).rglob("*.md")):
        parts = page.read_text().split("---\n", 2)
        if len(parts) < 3 or parts[0]:
            continue
        fields = yaml.load(parts[1], Core)
        if not isinstance(fields, dict) or "type" not in fields:
            continue
        records.setdefault(fields["type"], fields)
        wrong += [f"{page}: {list(error.path)}: {error.message}" for error in judge.iter_errors(fields)]
    for kind, changes in SPOILED.items():
        own = Draft202012Validator({"$ref": f"#/$defs/{kind}", "$defs": schema["$defs"]})
        for key, value in changes:
            if own.is_valid({**records[kind], key: value}):
                wrong.append(f"{kind} with {key}: {value!r} fits")
        for key in LEFT_OUT.get(kind, []):
            if own.is_valid({name: value for name, value in records[kind].items() if name != key}):
                wrong.append(f"{kind} without {key} fits")
        for key, value in FITS.get(kind, []):
            if not own.is_valid({**records[kind], key: value}):
                wrong.append(f"{kind} with {key}: {value!r} does not fit")
    if len(records) < 10:
        wrong.append(f"only {len(records)} types have pages")
    print("\n".join(wrong))
    return 1 if wrong else 0


sys.exit(main(*sys.argv[1:]))
