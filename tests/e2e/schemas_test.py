"""What the built program writes is valid under the published schemas: schemas_test.py COSTWAR_BINARY, in the source root."""

import glob
import json
import subprocess
import sys
import tempfile

import jsonschema


def validator(name):
    with open(f"docs/schema/{name}.schema.json") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def main(binary):
    with tempfile.TemporaryDirectory() as folder:
        def costwar(*arguments):
            return subprocess.run([binary, *arguments, "--store", folder + "/store.db"], check=True,
                                  capture_output=True, text=True).stdout

        run = costwar("run", "local/tiny-moe", "local/tiny-dense", "--n", "2").strip()
        validator("comparison").validate(json.loads(costwar("compare", "--run", run, "--format", "json")))
        lines = costwar("runs", "export", run).splitlines()
        rows = validator("run")
        for line in lines:
            rows.validate(json.loads(line))
        assert len(lines) == 1 + 3 * 24, len(lines)
    prices = validator("prices")
    books = glob.glob("catalog/prices/*.json") + ["catalog/models.json", "examples/contract-prices.json"]
    for path in books:
        with open(path) as file:
            prices.validate(json.load(file))
    bundle = subprocess.run([binary, "prices", "export", "--built-in"], check=True, capture_output=True, text=True)
    prices.validate(json.loads(bundle.stdout))
    for path in glob.glob("tests/fuzz/corpus/import/*-prices") + ["tests/fuzz/corpus/import/litellm-off-peak"]:
        imported = subprocess.run([binary, "prices", "import", path], check=True, capture_output=True, text=True).stdout
        prices.validate(json.loads(imported))
    print(f"1 comparison, {len(lines)} run lines and {len(books)} price books are valid")


if __name__ == "__main__":
    main(sys.argv[1])
