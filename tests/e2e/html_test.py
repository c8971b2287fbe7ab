"""The HTML report in a browser: html_test.py COSTWAR_BINARY [--screenshots FOLDER] [--axe axe.min.js].

Two models answer through the mock, some of it markup and script. Headless Chromium then loads the report: nothing but the
file is requested, nothing is complained about, charts have pixels, filters find what the comparison counted, every control
is reached by the keyboard, hostile replies stay text; and without JavaScript everything is there to read. With
--screenshots, pictures are kept (light, dark, narrow, print); with --axe, axe-core looks for faults of accessibility."""

import argparse
import base64
import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

ITEMS = 80
HOSTILE = [
    "<script>window.pwned = 1</script>",
    "</script><script>window.pwned = 2</script>",
    "<img src=x onerror='window.pwned = 3'>",
    "<svg onload='window.pwned = 4'><a href='javascript:window.pwned = 5'>x</a></svg>",
    "<iframe src='https://example.invalid/'></iframe><link rel=stylesheet href='https://example.invalid/x.css'>",
    "<!-- <script> ]]> \u202e reversed \u2066 \x1b[31m red \x07",
]
failures = []


def check(held, what):
    if not held:
        failures.append(what)
        print(f"FAILED: {what}", file=sys.stderr)


def eventually(holds, what):
    """Checks what the page does in its own time."""
    deadline = time.time() + 20
    while not (held := holds()) and time.time() < deadline:
        time.sleep(0.05)
    check(held, what)


def run(*command, cwd, **more):
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, **more)
    assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def make_report(binary, folder):
    """Measures two models at the mock; returns the comparison as JSON. The report is folder/report.html."""
    with open(folder / "questions.csv", "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["question", "answer"])
        for i in range(ITEMS):
            rows.writerow([f"Question number {i}: write <b>answer</b> & the letters of item {i}", f"<b>answer {i}</b>"])
    run(binary, "tasks", "add", "questions.csv", "--scorer", "exact", cwd=folder)
    book = [json.loads(line) for line in run(binary, "tasks", "answers", "--tasks", "questions", "--n", str(ITEMS), cwd=folder).splitlines()]
    assert len(book) == ITEMS, len(book)
    with open(folder / "book.jsonl", "w", encoding="utf-8") as file:
        for i, line in enumerate(book):
            file.write(json.dumps({**line, "wrong": HOSTILE[i % len(HOSTILE)]}) + "\n")
    mock = subprocess.Popen([binary, "mock", "--port", "0", "--model", "gpt-5.5=0.85", "--model", "deepseek-v4-flash=0.55",
                             "--answers", "book.jsonl"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        url = mock.stdout.readline().strip()
        # Providers of our own with the vendors' prices, so that there is money, and a price over time.
        providers = {name: {"like": name, "base_url": url, "price_provider": name} for name in ("openai", "deepseek")}
        (folder / "costwar.json").write_text(json.dumps({"providers": {"my-" + name: each for name, each in providers.items()}}))
        run(binary, "run", "my-openai/gpt-5.5", "my-deepseek/deepseek-v4-flash", "--tasks", "questions", "--n", str(ITEMS),
            "--label", "browser test", cwd=folder)
    finally:
        mock.kill()
        mock.wait()
    run(binary, "report", "browser test", "-o", "report.html", "-o", "report.json", cwd=folder)
    return json.loads((folder / "report.json").read_text(encoding="utf-8"))


def browser(javascript=True):
    options = Options()
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    if not javascript:
        options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
    return webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))


def emulate(driver, width=1200, scheme="light", media="", height=900):
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                           {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia",
                           {"media": media, "features": [
                               {"name": "prefers-color-scheme", "value": scheme},
                               {"name": "prefers-reduced-motion", "value": "reduce"}]})
    time.sleep(0.3)  # charts follow the size and the scheme


def ready(driver):
    deadline = time.time() + 30
    while driver.execute_script("return document.getElementById('drill').getAttribute('aria-busy')") != "false":
        assert time.time() < deadline, "the items were never read"
        time.sleep(0.05)


def shown_count(driver):
    """How many items the page says that it shows; nothing while it searches."""
    return driver.execute_script("""
        if (document.getElementById('drill').getAttribute('aria-busy') !== 'false') return null;
        return Number(document.getElementById('items-status').textContent.split(' of ')[0].replace(/,/g, ''));""")


def shows(driver, count, what):
    eventually(lambda: shown_count(driver) == count, what)


def requests_of(driver):
    urls = []
    for entry in driver.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            urls.append(message["params"]["request"]["url"])
    return urls


def check_loading(driver, address):
    ready(driver)
    check(requests_of(driver) == [address], f"only the file is requested, not {requests_of(driver)}")
    for entry in driver.get_log("browser"):
        check(False, f"the console says: {entry['message']}")


def check_charts(driver):
    kinds = driver.execute_script("return JSON.parse(document.getElementById('chart-data').textContent).map(c => c.kind)")
    check(sorted(set(kinds)) == ["bar", "line", "scatter", "step"], f"all kinds of charts are there: {kinds}")
    pixels = driver.execute_script("""
        return Array.from(document.querySelectorAll('canvas')).map(canvas => {
          const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
          const colours = new Set();
          for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 200) colours.add(data[i] << 16 | data[i + 1] << 8 | data[i + 2]);
          return colours.size;
        });""")
    check(len(pixels) >= len(kinds), f"each chart has a canvas: {len(pixels)} of {len(kinds)}")
    check(all(colours > 5 for colours in pixels), f"each canvas has pixels: colours {pixels}")
    hidden = driver.execute_script("return Array.from(document.querySelectorAll('svg')).every(s => s.getClientRects().length === 0)")
    check(hidden, "canvases stand in the place of the static pictures")
    # Arrow keys show what the pointer shows: values, counts, sources.
    plot = driver.find_element(By.CSS_SELECTOR, "figure[data-chart='0'] .plot")
    plot.send_keys(Keys.ARROW_RIGHT)
    tip = driver.execute_script("""
        const tip = Chart.getChart(document.querySelector("figure[data-chart='0'] canvas")).tooltip;
        return [tip.opacity, tip.title.join(), tip.body.map(b => b.lines.join(' | ')).join()];""")
    check(tip[0] == 1 and "gpt-5.5" in tip[1], f"arrow keys open the first point: {tip}")
    check(f"of {ITEMS} items solved" in tip[2] and "list prices of openai/gpt-5.5" in tip[2], f"with counts and sources: {tip[2]}")


def check_items(driver, comparison):
    counts = comparison["pairs"][0]["counts"]
    flips = counts["only_a"] + counts["only_b"]
    unsolved = flips + counts["neither"]
    assert flips > 5 and counts["neither"] > 0, counts
    search = driver.find_element(By.ID, "items-search")
    show = Select(driver.find_element(By.ID, "items-show"))
    shows(driver, ITEMS, "all items are there")
    show.select_by_value("flips")
    shows(driver, flips, f"the filter finds the {flips} flips that the comparison counted")
    show.select_by_value("unsolved")
    shows(driver, unsolved, f"and the {unsolved} items that some model did not solve")
    show.select_by_value("model0")
    shows(driver, counts["only_b"] + counts["neither"], "and those that the first model did not solve")
    show.select_by_value("all")
    search.send_keys("NUMBER 17:")
    shows(driver, 1, "a search in prompts, in any case")
    search.send_keys(Keys.CONTROL, "a", Keys.NULL, "onerror='window.pwned")
    eventually(lambda: 1 < (shown_count(driver) or 0) < ITEMS, "a search in replies")
    search.send_keys(Keys.CONTROL, "a", Keys.NULL, "no such text")
    shows(driver, 0, "a search for what is not there")
    search.send_keys(Keys.CONTROL, "a", Keys.NULL, Keys.DELETE)
    shows(driver, ITEMS, "all items again")
    driver.find_element(By.ID, "items-forth").click()
    check(driver.find_element(By.ID, "items-page").text == "Page 2 of 4", "the next page")


def check_inert(driver):
    show = Select(driver.find_element(By.ID, "items-show"))
    show.select_by_value("unsolved")
    eventually(lambda: (shown_count(driver) or ITEMS) < ITEMS, "the filter works again")
    texts = set()
    while True:
        driver.execute_script("for (const each of document.querySelectorAll('#items-list > li > details')) each.open = true")
        eventually(lambda: driver.execute_script("return Array.from(document.querySelectorAll('#items-list > li'))"
                                                 ".every(each => each.querySelector('.reply pre'))"), "items open")
        texts.update(driver.execute_script("return Array.from(document.querySelectorAll('.reply pre')).map(p => p.textContent)"))
        forth = driver.find_element(By.ID, "items-forth")
        if not forth.is_enabled():
            break
        forth.click()
    for hostile in HOSTILE[:5]:
        check(hostile in texts, f"a reply is shown as it was written: {hostile}")
    check(any("⟨U+202E⟩ reversed ⟨U+2066⟩ ␛[31m red ␇" in text for text in texts), "controls are made visible")
    check(driver.execute_script("return window.pwned === undefined"), "no reply ran as a script")
    strange = driver.execute_script("return document.querySelectorAll('img, iframe, link, a[href^=javascript], body svg a, [onload], [onerror]').length")
    check(strange == 0, "no reply became markup")


def check_keyboard(driver):
    driver.get(driver.current_url)
    ready(driver)
    wanted = driver.execute_script("""
        window.reached = new Set();
        document.addEventListener('focusin', event => window.reached.add(event.target));
        window.controls = Array.from(document.querySelectorAll('a[href], button:not(:disabled), input, select, summary, [tabindex="0"]'))
          .filter(each => each.getClientRects().length > 0);
        return window.controls.length;""")
    body = driver.find_element(By.TAG_NAME, "body")
    for _ in range(wanted + 5):
        driver.switch_to.active_element.send_keys(Keys.TAB)
    missed = driver.execute_script("return window.controls.filter(each => !window.reached.has(each)).map(each => each.outerHTML.slice(0, 80))")
    check(wanted > 30 and not missed, f"the keyboard reaches all {wanted} controls, but not {missed}")
    summary = driver.find_element(By.CSS_SELECTOR, "#items-list summary")
    driver.execute_script("arguments[0].focus()", summary)
    driver.switch_to.active_element.send_keys(Keys.ENTER)
    eventually(lambda: len(driver.find_elements(By.CSS_SELECTOR, "#items-list .reply")) == 2, "Enter opens an item with both replies")
    check(body.is_displayed(), "the page is still there")


def check_looks(driver):
    for width in (1200, 390, 320):
        emulate(driver, width)
        eventually(lambda: driver.execute_script("return document.documentElement.scrollWidth") <= width,
                   f"the page itself does not scroll sideways at {width} pixels")
    colour = "return getComputedStyle(document.body).backgroundColor"
    emulate(driver, scheme="light")
    light = driver.execute_script(colour)
    emulate(driver, scheme="dark")
    check(driver.execute_script(colour) != light, "a dark scheme has another background")
    emulate(driver, scheme="dark", media="print")
    check(driver.execute_script(colour) == light, "paper is light")
    drawn = driver.execute_script("""return [Array.from(document.querySelectorAll('svg')).every(s => s.getClientRects().length > 0),
        Array.from(document.querySelectorAll('canvas')).every(s => s.getClientRects().length === 0),
        document.getElementById('items-static').getClientRects().length > 0];""")
    check(drawn == [True, True, True], f"paper gets the static pictures and the table of items: {drawn}")
    emulate(driver)


def check_without_scripts(address):
    with browser(javascript=False) as driver:
        driver.get(address)
        check(len(driver.find_elements(By.TAG_NAME, "canvas")) == 0, "no script ran where JavaScript is off")
        pictures = driver.find_elements(By.TAG_NAME, "svg")
        check(len(pictures) >= 5 and all(each.is_displayed() for each in pictures), "without scripts, every chart is a picture")
        tables = driver.find_elements(By.TAG_NAME, "table")
        check(len(tables) >= 9 and all(each.is_displayed() for each in tables), "and every table is there")
        check(driver.find_element(By.ID, "items-static").is_displayed(), "and items, with the command that shows all")
        check("costwar runs show" in driver.find_element(By.ID, "items-static").text, "which is named")
        check(not driver.find_element(By.ID, "drill").is_displayed(), "and no dead controls")


def picture(driver, path, width, scheme, height=None):
    """The page from its top; the window grows first, because charts that are resized while it is taken are blank."""
    driver.execute_script("window.scrollTo(0, 0)")
    whole = int(driver.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]["height"])
    emulate(driver, width, scheme, height=whole)
    time.sleep(1)
    shot = driver.execute_cdp_cmd("Page.captureScreenshot", {
        "clip": {"x": 0, "y": 0, "width": width, "height": height or whole, "scale": 1}})
    path.write_bytes(base64.b64decode(shot["data"]))


def take_screenshots(driver, address, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, width, scheme in (("light", 1200, "light"), ("dark", 1200, "dark"), ("narrow", 390, "light")):
        emulate(driver, width, scheme)
        driver.get(address)
        ready(driver)
        driver.find_element(By.CSS_SELECTOR, "#items-list summary").click()
        driver.execute_script("document.activeElement.blur()")
        time.sleep(0.4)
        picture(driver, folder / f"{name}.png", width, scheme)
    # What the README shows: down to the first chart.
    emulate(driver, 1000)
    driver.get(address)
    ready(driver)
    end = driver.execute_script("return document.querySelector('.plot').getBoundingClientRect().bottom + window.scrollY")
    picture(driver, folder / "report.png", 1000, "light", int(end) + 10)
    emulate(driver)
    printed = driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": False, "preferCSSPageSize": False})
    (folder / "print.pdf").write_bytes(base64.b64decode(printed["data"]))
    print(f"pictures are in {folder}")


def check_accessibility(driver, script):
    for scheme in ("light", "dark"):
        emulate(driver, scheme=scheme)
        driver.get(driver.current_url)
        ready(driver)
        driver.find_element(By.CSS_SELECTOR, "#items-list summary").click()
        # Through the debugger's protocol: the page's policy lets no script of others in.
        driver.execute_cdp_cmd("Runtime.evaluate", {"expression": script.read_text(encoding="utf-8")})
        found = driver.execute_async_script("""
            const done = arguments[arguments.length - 1];
            axe.run(document, {resultTypes: ['violations']}).then(r => done([r.testEngine.version, r.passes.length, r.violations.map(v =>
              [v.impact, v.id, v.help, v.nodes.slice(0, 3).map(n => n.html.slice(0, 160))])]));""")
        print(f"axe-core {found[0]}, {scheme}: {found[1]} rules passed, {len(found[2])} violated")
        for impact, rule, words, nodes in found[2]:
            print(f"  {impact}: {rule}: {words}\n    " + "\n    ".join(nodes))
            check(impact not in ("serious", "critical"), f"no fault of accessibility: {rule}")
    emulate(driver)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binary")
    parser.add_argument("--screenshots", type=pathlib.Path)
    parser.add_argument("--axe", type=pathlib.Path)
    parser.add_argument("--report", type=pathlib.Path, help="only look at this report")
    flags = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, browser() as driver:
        folder = pathlib.Path(name)
        comparison = None if flags.report else make_report(os.path.abspath(flags.binary), folder)
        address = (flags.report or folder / "report.html").resolve().as_uri()
        emulate(driver)
        driver.get(address)
        check_loading(driver, address)
        if comparison:
            check_charts(driver)
            check_items(driver, comparison)
            check_inert(driver)
            check_keyboard(driver)
            check_looks(driver)
            check_without_scripts(address)
        if flags.axe:
            check_accessibility(driver, flags.axe)
        if flags.screenshots:
            take_screenshots(driver, address, flags.screenshots)
        for entry in driver.get_log("browser"):
            check(False, f"the console says: {entry['message']}")
    if failures:
        sys.exit(f"{len(failures)} checks failed")
    print("the report works in a browser")


if __name__ == "__main__":
    main()
