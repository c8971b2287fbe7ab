"""Spreadsheets of a real run, opened by a real spreadsheet: sheets_test.py COSTWAR_BINARY, in the source root.

A run of a model with list prices (a mock server), one of the own machine and a judge's is exported in every flat format.
LibreOffice computes the workbook anew, from caches that were spoilt first, so that what it says is what it computed;
then with another rate. The CSV goes through it and comes back. The sidecar is checked against the files."""

import csv
import decimal
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import zipfile

import jsonschema

D = decimal.Decimal
CLOSE = D("0.000000001")  # far below a cent, because little is spent here
# Sheets separated by comma, quoted, UTF-8, values instead of what is shown, every sheet.
CSV_OUT = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1"
CSV_IN = "CSV:44,34,76,1,,1033,false,false"
# Compute every formula when a file is opened, whatever it says of itself.
SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">
<value>0</value></prop></item>
</oor:items>
"""


class Office:
    def __init__(self, folder):
        self.profile = os.path.join(folder, "profile")
        os.makedirs(self.profile + "/user")
        with open(self.profile + "/user/registrymodifications.xcu", "w") as file:
            file.write(SETTINGS)

    def convert(self, files, target, out, *more):
        done = subprocess.run(["soffice", f"-env:UserInstallation=file://{self.profile}", "--headless", *more, "--convert-to",
                               target, "--outdir", out, *files], capture_output=True, text=True, timeout=240)
        assert done.returncode == 0, done.stderr + done.stdout


def rows(text, delimiter=","):
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return file.read()


def rewritten(source, target, change):
    """Copies a workbook; `change` gets a part's name and XML."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            content = old.read(part)
            if part.startswith("xl/worksheets/sheet"):
                content = change(part, content.decode()).encode()
            new.writestr(part, content)


def spoilt(_, xml):
    return re.sub(r"</f><v>[^<]*</v>", "</f><v>4711</v>", xml)


def sheet_part(workbook, name):
    with zipfile.ZipFile(workbook) as parts:
        names = re.findall(r'<sheet name="([^"]+)"', parts.read("xl/workbook.xml").decode())
    return f"xl/worksheets/sheet{names.index(name) + 1}.xml"


def measure(binary, folder):
    """A run with vendor prices, machine time and two days' worth of nothing else; its id."""
    mock = subprocess.Popen([binary, "mock", "--port", "0", "--model", "gpt-5.5=0.9"], cwd=folder, stdout=subprocess.PIPE, text=True)
    try:
        url = mock.stdout.readline().split()[-1]
        with open(folder + "/costwar.json", "w") as file:
            json.dump({"providers": {"acme": {"like": "http", "base_url": url, "price_provider": "openai"}}}, file)
        subprocess.run([binary, "compare", "acme/gpt-5.5", "local/tiny-dense", "--tasks", "copying", "--n", "25", "--no-reprice"],
                       cwd=folder, check=True, capture_output=True, text=True, timeout=300)
    finally:
        mock.send_signal(signal.SIGTERM)
        mock.wait()
    runs = json.loads(subprocess.run([binary, "runs", "--format", "json"], cwd=folder, check=True, capture_output=True, text=True).stdout)
    return runs["runs"][-1]["run"]


def check_totals(report, totals, costs):
    """The totals of a workbook, as computed, against the JSON."""
    by_account = {row["Account"]: row for row in totals}
    for model in report["models"]:
        known = model["total_cost"]["amount"]
        assert known is not None, model["model"]
        computed = D(by_account[model["model"]]["Total"])
        assert abs(computed - D(known)) < CLOSE, (model["model"], computed, known)
        lines = sum(D(row["amount"]) for row in costs if row["account"] == model["model"] and row["amount"])
        assert lines == D(known), "the lines of the CSV are the total, to the last digit"
    assert any(D(model["total_cost"]["amount"]) > 1_000_000 * CLOSE for model in report["models"]), "too little was spent to tell"


def check_workbook(office, folder, report, costs):
    workbook = folder + "/report.xlsx"
    rewritten(workbook, folder + "/spoilt.xlsx", spoilt)
    prices = sheet_part(workbook, "Prices")

    input_price = next(row for row in rows(read(folder + "/tables/prices.csv")) if row["meter"] == "fresh_input")
    cell = f"D{int(input_price['id'][1:]) + 1}"  # below the header

    def ten_times(part, xml):
        return spoilt(part, re.sub(rf'(<c r="{cell}"[^>]*><v>)[^<]+', r"\g<1>50", xml) if part == prices else xml)

    rewritten(workbook, folder + "/changed.xlsx", ten_times)
    office.convert([folder + "/spoilt.xlsx", folder + "/changed.xlsx"], CSV_OUT, folder + "/sheets")

    def sheet(book, name):
        return rows(read(f"{folder}/sheets/{book}-{name}.csv"))

    for name in ("Summary", "Models", "Pairs", "Totals", "Costs", "Prices", "Items"):
        assert os.path.getsize(f"{folder}/sheets/spoilt-{name}.csv") > 0, name
    check_totals(report, sheet("spoilt", "Totals"), costs)

    def rate(book):
        return {row["Price"]: D(row["Rate"]) for row in sheet(book, "Prices")}[input_price["id"]]

    assert (rate("spoilt"), rate("changed")) == (D(5), D(50))
    tokens = sum(int(row["count"]) for row in costs if row["price"] == input_price["id"])
    before = {row["Account"]: D(row["Total"]) for row in sheet("spoilt", "Totals")}
    after = {row["Account"]: D(row["Total"]) for row in sheet("changed", "Totals")}
    expected = before["acme/gpt-5.5"] + D(45) * tokens / 1_000_000
    assert tokens > 0 and abs(after["acme/gpt-5.5"] - expected) < CLOSE, (after, expected)
    assert after["local/tiny-dense"] == before["local/tiny-dense"]
    # The rate is shown beside the lines, and follows.
    assert {D(row["Rate"]) for row in sheet("changed", "Costs") if row["Price"] == input_price["id"]} == {D(50)}
    assert not any("Err:" in read(f"{folder}/sheets/{name}") or "#REF" in read(f"{folder}/sheets/{name}")
                   for name in os.listdir(folder + "/sheets"))
    return len(sheet("spoilt", "Items"))


def same(a, b):
    if a == b:
        return True
    try:
        x, y = D(a), D(b)
    except decimal.InvalidOperation:
        return False
    # A spreadsheet keeps 15 digits.
    return abs(x - y) <= abs(x) * D("1e-14")


def check_csv(office, folder):
    """Through LibreOffice and back: the same cells."""
    tables = sorted(name for name in os.listdir(folder + "/tables") if name.endswith(".csv"))
    os.makedirs(folder + "/back")
    office.convert([f"{folder}/tables/{name}" for name in tables], CSV_OUT.replace(",-1", ",0"), folder + "/back", f"--infilter={CSV_IN}")
    for name in tables:
        before = list(csv.reader(io.StringIO(read(f"{folder}/tables/{name}"), newline="")))
        after = list(csv.reader(io.StringIO(read(f"{folder}/back/{name}"), newline="")))
        assert len(before) == len(after), name
        for line, (a, b) in enumerate(zip(before, after)):
            a = [cell.replace("\r\n", "\n") for cell in a]
            b = [cell.replace("\r\n", "\n") for cell in b] + [""] * (len(a) - len(b))
            differ = [(x, y) for x, y in zip(a, b) if not same(x, y) and x.upper() != y]  # TRUE for true
            assert not differ, (name, line, differ)
    return tables


# What https://specs.frictionlessdata.io asks of a tabular data package, as far as costwar writes it.
PACKAGE = {
    "type": "object", "required": ["profile", "name", "resources"],
    "properties": {
        "profile": {"const": "tabular-data-package"}, "name": {"type": "string", "pattern": "^[-a-z0-9._/]+$"},
        "resources": {"type": "array", "minItems": 1, "items": {
            "type": "object", "required": ["profile", "name", "path", "schema"],
            "properties": {
                "profile": {"const": "tabular-data-resource"}, "name": {"type": "string", "pattern": "^[-a-z0-9._/]+$"},
                "path": {"type": "string", "pattern": "^(?!/)(?!.*\\.\\.).*\\.csv$"}, "encoding": {"const": "utf-8"},
                "dialect": {"type": "object", "required": ["delimiter"], "properties": {
                    "delimiter": {"enum": [",", ";"]}, "lineTerminator": {"const": "\r\n"}, "quoteChar": {"const": '"'},
                    "doubleQuote": {"const": True}, "header": {"const": True}}},
                "schema": {"type": "object", "required": ["fields"], "properties": {
                    "missingValues": {"const": [""]},
                    "fields": {"type": "array", "minItems": 1, "items": {
                        "type": "object", "required": ["name", "type"], "properties": {
                            "name": {"type": "string", "minLength": 1},
                            "type": {"enum": ["string", "integer", "number", "boolean"]}}}}}}}}}}}
CASTS = {"string": str, "integer": int, "number": D, "boolean": {"true": True, "false": False}.__getitem__}


def check_package(path):
    """A sidecar and its files: every cell is of the type that the sidecar says. How many cells there were."""
    package = json.loads(read(path))
    jsonschema.Draft7Validator(PACKAGE).validate(package)
    cells = 0
    for resource in package["resources"]:
        text = read(os.path.join(os.path.dirname(path), resource["path"]))
        assert "\n" in text and text.split("\n")[0].endswith("\r"), "RFC 4180 ends lines with CRLF"
        fields = resource["schema"]["fields"]
        lines = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=resource["dialect"]["delimiter"], strict=True)
        assert next(lines) == [field["name"] for field in fields], resource["path"]
        for line in lines:
            assert len(line) == len(fields)
            for field, cell in zip(fields, line):
                if cell != "":
                    CASTS[field["type"]](cell)
                    cells += 1
                if field["type"] == "string":
                    assert cell[:1] not in tuple("=+-@\t\r"), (field["name"], cell[:40])
    return cells


def check_example(binary, folder, run):
    """The script in examples/ runs as it stands."""
    script = os.path.abspath("examples/spreadsheet.sh")
    subprocess.run(["bash", script, run, "out"], cwd=folder, check=True, env=dict(os.environ, COSTWAR=binary))
    assert {"report.xlsx", "tables", "focus.csv"} <= set(os.listdir(folder + "/out"))


def main(binary):
    binary = os.path.abspath(binary)
    assert shutil.which("soffice"), "LibreOffice is not installed: apt-get install --no-install-recommends libreoffice-calc"
    with tempfile.TemporaryDirectory() as folder:
        run = measure(binary, folder)

        def report(*arguments, environment=None):
            return subprocess.run([binary, "report", run, "--no-reprice", *arguments], cwd=folder, check=True, capture_output=True,
                                  env=environment).stdout.decode()

        report("-o", "report.xlsx", "-o", "report.json", "-o", "tables/", "-o", "report.jsonl")
        report("--format", "csv", "-o", "costs.csv", "--table", "costs", "--datapackage", "--csv-dialect", "excel-eu")
        summary = json.loads(read(folder + "/report.json"))
        costs = rows(read(folder + "/tables/costs.csv"))
        assert rows(read(folder + "/costs.csv").removeprefix("\ufeff"), ";") == costs, "the dialects say the same"
        focus = rows(report("--format", "focus"))
        assert sum(D(row["BilledCost"]) for row in focus) == sum(D(row["amount"]) for row in costs if row["amount"])
        flat = json.loads(report("--format", "json", "--shape", "table"))
        assert [row["model"] for row in flat] == [model["model"] for model in summary["models"]]
        lines = [json.loads(line) for line in read(folder + "/report.jsonl").splitlines()]
        items = rows(read(folder + "/tables/items.csv"))
        assert len(lines) == len(items) == 50 and lines[0]["reply"] is not None and lines[0]["prompt"], lines[0]
        # No locale changes a digit.
        german = dict(os.environ, LC_ALL="de_DE.UTF-8", LANG="de_DE.UTF-8")
        assert report("--format", "csv", environment=german) == report("--format", "csv")

        for wrong in (["--datapackage"], ["--format", "json", "-o", "tables/"], ["-o", "a.json", "--datapackage"],
                      ["--format", "csv", "--table", "nothing"]):
            done = subprocess.run([binary, "report", run, *wrong], cwd=folder, capture_output=True, text=True)
            assert done.returncode == 2 and done.stdout == "" and "costwar:" in done.stderr, (wrong, done)

        cells = check_package(folder + "/tables/datapackage.json") + check_package(folder + "/costs.datapackage.json")
        office = Office(folder)
        on_sheet = check_workbook(office, folder, summary, costs)
        assert on_sheet == 50, on_sheet
        tables = check_csv(office, folder)
        check_example(binary, folder, run)
        print(f"totals and a changed rate computed by LibreOffice; {len(tables)} CSV files round trip; {cells} cells typed")


if __name__ == "__main__":
    main(sys.argv[1])
