"""The JUnit files among the golden ones are well-formed, and counted as they are: junit_test.py, in the source root."""

import glob
import xml.etree.ElementTree


def check(path):
    root = xml.etree.ElementTree.parse(path).getroot()
    assert root.tag == "testsuites", path
    for suite in root.findall("testsuite"):
        cases = suite.findall("testcase")
        found = {"tests": len(cases)}
        for attribute, element in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            found[attribute] = sum(case.find(element) is not None for case in cases)
        told = {name: int(suite.get(name)) for name in found}
        assert told == found, (path, told, found)
        for case in cases:
            assert case.get("name") and case.get("classname").startswith("costwar."), path
            states = [child.tag for child in case if child.tag != "system-out"]
            assert len(states) <= 1, (path, states)
            for child in case:
                assert child.tag == "system-out" or child.get("message"), path
    return sum(len(suite.findall("testcase")) for suite in root.findall("testsuite"))


def main():
    counts = {path: check(path) for path in glob.glob("tests/golden/reports/*.xml")}
    gates = [path for path in counts if "/gate-" in path]
    assert len(gates) == 4 and any("hostile" in path for path in counts), counts
    print(f"{len(counts)} files with {sum(counts.values())} cases are well-formed")


if __name__ == "__main__":
    main()
