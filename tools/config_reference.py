#!/usr/bin/env python3
"""config_reference.py - the tables of keys in docs/config.md, made from config/troupe.schema.json.

  tools/config_reference.py [--check]

A table stands behind a line <!-- keys: stage --> or, for the properties with that "x-table", <!-- keys: stage worker -->.
Of each property "description" is the meaning; "x-value" and "x-default" are the other columns. With --check nothing is
written: the exit status is 1 when the file is not what would be written. Both prove that every property is in a table.
"""
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SCHEMA = ROOT / "config" / "troupe.schema.json"
PAGE = ROOT / "docs" / "config.md"
TABLE = re.compile(r"(<!-- keys: (\w+)(?: (\w+))? -->\n)((?:\|.*\n)*)")
HEAD = "| key | value | default | meaning |\n|---|---|---|---|\n"


def rows_of(properties: dict, group: str | None) -> list[str]:
    """The names of the properties of one table."""
    return [key for key, said in properties.items() if said.get("x-table") == group]


def row(key: str, said: dict) -> str:
    cells = [f"`{key}`", said["x-value"], said.get("x-default", ""), said["description"]]
    return "|" + "|".join(f" {cell} " if cell else " " for cell in cells) + "|\n"


def written(page: str, definitions: dict) -> str:
    """The page with its tables made anew."""
    shown = set()

    def table(found: re.Match) -> str:
        _, name, group = found.group(1, 2, 3)
        if name not in definitions:
            sys.exit(f"{PAGE.name}: <!-- keys: {name} -->: the schema has no definition '{name}'")
        properties = definitions[name]["properties"]
        keys = rows_of(properties, group)
        shown.update((name, key) for key in keys)
        return found.group(1) + HEAD + "".join(row(key, properties[key]) for key in keys)

    page = TABLE.sub(table, page)
    missing = [f"{name}.{key}" for name, said in definitions.items() for key in said["properties"]
               if (name, key) not in shown]
    if missing:
        sys.exit(f"{PAGE.name}: no table has {', '.join(missing)}: add a line <!-- keys: … -->")
    return page


def main() -> int:
    if sys.argv[1:] not in ([], ["--check"]):
        sys.exit(__doc__)
    definitions = json.loads(SCHEMA.read_text(encoding="utf-8"))["definitions"]
    before = PAGE.read_text(encoding="utf-8")
    after = written(before, definitions)
    if sys.argv[1:] == ["--check"]:
        if after != before:
            print("docs/config.md is not what config/troupe.schema.json says: run tools/config_reference.py")
        return int(after != before)
    PAGE.write_text(after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
