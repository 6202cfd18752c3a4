#!/usr/bin/env python3
"""Makes the built-in price table anew from the data of the genai-prices crate.

    scripts/prices.py [CRATE_DIRECTORY]

Without an argument, the crate's source is looked for where cargo keeps it, in the version that
Cargo.lock names. Kept is what decides a price; descriptions, links and extractors are left out.
One line holds one model, so that a reader needs to decode only the lines it asks for, and a new
version shows as a difference line by line.
"""

import glob
import hashlib
import json
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TARGET = os.path.join(ROOT, "src", "usage", "prices", "builtin.json")
HEADER = ["id", "name", "model_match", "provider_match", "fallback_model_providers"]
MODEL = ["id", "match", "prices", "price_variants"]


def crate_directory():
    lock = open(os.path.join(ROOT, "Cargo.lock"), encoding="utf-8").read()
    version = re.search(r'name = "genai-prices"\nversion = "([^"]+)"', lock).group(1)
    home = os.environ.get("CARGO_HOME", os.path.expanduser("~/.cargo"))
    found = glob.glob(os.path.join(home, "registry", "src", "*", "genai-prices-" + version))
    if not found:
        sys.exit("genai-prices %s is not there; run `cargo fetch`" % version)
    return found[0]


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def folded(rule):
    """The same rule with the literals of `equals` in lower case, as they are compared."""
    ((operation, argument),) = rule.items()
    if operation in ("and", "or"):
        return {operation: [folded(part) for part in argument]}
    return {operation: argument.lower() if operation == "equals" else argument}



def main():
    crate = sys.argv[1] if len(sys.argv) > 1 else crate_directory()
    raw = open(os.path.join(crate, "data", "prices.json"), "rb").read()
    manifest = open(os.path.join(crate, "Cargo.toml"), encoding="utf-8").read()
    version = re.search(r'(?m)^version = "([^"]+)"', manifest).group(1)
    text = raw.decode("utf-8")
    providers = json.loads(text)
    source = {
        "source": "genai-prices",
        "version": version,
        # The latest day on which prices in it were looked up.
        "date": max(re.findall(r"verified on (\d{4}-\d\d-\d\d)", text)),
        "sha256": hashlib.sha256(raw).hexdigest(),
        "license": "MIT, Copyright (c) Pydantic Services Inc. 2025 to present",
    }
    lines = [compact(source)[:-1] + ',"providers":[']
    for index, provider in enumerate(providers):
        header = {key: provider[key] for key in HEADER if key in provider}
        lines.append(compact(header)[:-1] + ',"api_pattern":"-","models":[')
        models = [{key: model[key] for key in MODEL if key in model} for model in provider["models"]]
        for place, model in enumerate(models):
            model["match"] = folded(model["match"])
            lines.append(compact(model) + ("," if place + 1 < len(models) else ""))
        lines.append("]}" + ("," if index + 1 < len(providers) else ""))
    lines.append("]}")
    with open(TARGET, "w", encoding="utf-8") as target:
        target.write("\n".join(lines) + "\n")


main()
