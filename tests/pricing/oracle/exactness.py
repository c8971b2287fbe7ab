"""The price engine against price_oracle.py, digit by digit, over random requests to every catalogued model:

    python3 tests/pricing/oracle/exactness.py COSTWAR_BINARY [--n 100000] [--seed 1]      # in the source root

Requests lie thickly where mistakes lie: at every start and end of a record, every edge of a peak band, every tier
threshold, and the nanosecond before and after. The program runs once for each of some twenty instants of knowledge.
Compared are total, low, high, refused or not, whole or not, the amount of each meter and the records used. Exit 1 where
any of them differs, with the first ten."""

import argparse
import concurrent.futures
import datetime
import decimal
import json
import os
import random
import subprocess
import sys
import tempfile

import price_oracle as oracle

SECOND = 10**9
DAY = 86400 * SECOND
FIRST, LAST = oracle.instant_ns("2024-12-01"), oracle.instant_ns("2027-04-01")
NOW = oracle.instant_ns("2026-11-23")
CLASSES = ("standard", "batch", "flex", "priority", "fast", "turbo")  # any with any: some of it nobody sells
REGIONS = ("any", "data_residency", "us", "vertex_non_global", "mars")
CURRENCIES = ("USD", "USD", "CNY", "EUR")
STEPS = (0, 0, 0, -1, 1, -SECOND, SECOND, -1000, 60 * SECOND)
KNOWN = 20  # instants of knowledge besides today
SHOWN = 10
MARKS = {"derived", "unconfirmed", "factor_range", "tier_boundary", "assumed_holiday", "after_holiday_table",
         "band_boundary", "sheet_change", "free_quota"}  # those that are calculated here too


def rfc3339(ns):
    days, rest = divmod(ns, DAY)
    date = datetime.date.fromordinal(oracle.EPOCH + days).isoformat()
    seconds, fraction = divmod(rest, SECOND)
    text = f"{date}T{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return text + (f".{fraction:09}" if fraction else "") + "Z"


class Draw:
    """Random requests for one instant of knowledge."""

    def __init__(self, book, seed, known_at):
        self.book, self.rng, self.known_at = book, random.Random(seed), known_at
        self.keys = sorted({tuple(name.split("/", 1)) for name in book.models} | set(book.by_model))
        self.weighted, self.breaks, self.life, self.thresholds, self.offers = [], {}, {}, {}, {}
        for key in self.keys:
            records = self.reachable(*key)
            prices = [record for record in records if record.kind == "price"]
            rules = [rule for (provider, _, _), found in book.factors.items() if provider == key[0] for rule in found]
            ends = {edge for record in records for edge in (record.start, record.end, record.known_from,
                                                            record.known_until, record.end_known_from)}
            ends |= {rule.start for rule in rules}
            self.breaks[key] = sorted(edge for edge in ends | {known_at} if abs(edge) < oracle.FOREVER)
            self.life[key] = min(max(FIRST, min((record.start for record in prices), default=FIRST)), LAST - DAY)
            self.thresholds[key] = sorted({condition["tokens"] for record in prices if record.fields.get("tier")
                                           for condition in record.fields["tier"]["conditions"]})
            self.offers[key] = self.sold(prices, rules)
            # Calendars and tiers are few and easily got wrong: their models are drawn more often.
            hard = bool(self.thresholds[key]) + 3 * any(record.fields.get("calendar") for record in prices)
            self.weighted += [key] * (1 + hard)
        self.edges = sorted({(calendar.offset, time) for calendar in book.calendars.values()
                             for _, _, start, end in calendar.windows for time in (start, end, 0)})
        self.days = sorted({day + shift for calendar in book.calendars.values() for day in calendar.holidays
                            for shift in (-1, 0, 1)} |
                           {calendar.complete_through + shift for calendar in book.calendars.values()
                            if calendar.complete_through is not None for shift in (-1, 0, 1, 2, 3, 30)})

    @staticmethod
    def sold(prices, rules):
        """Combinations of class, region and currency that have a row or a rule; plain ones are drawn more often."""
        rows = sorted({(record.fields["service_class"], record.fields["region"], record.fields["currency"])
                       for record in prices})
        classes, regions = (sorted({rule.fields["value"] for rule in rules if rule.fields["dimension"] == dimension})
                            for dimension in ("service_class", "region"))
        ruled = [(one, other, row[2]) for row in rows for one in ["standard"] + classes for other in ["any"] + regions]
        return [row for row in rows if row[:2] == ("standard", "any")] * 2 + rows + ruled or [("standard", "any", "USD")]

    def reachable(self, provider, model):
        """Records of a model and of everything that it was ever an alias of."""
        found, models, seen = [], [model], set()
        while models:
            name = models.pop()
            if name not in seen:
                seen.add(name)
                for record in self.book.by_model.get((provider, name), []):
                    found.append(record)
                    if record.kind == "alias":
                        models.append(record.fields["alias_of"])
        return found

    def anchor(self, key):
        rng = self.rng
        kind = rng.random()
        first = FIRST if rng.random() < 0.05 else self.life[key]
        if kind < 0.03:
            return self.known_at
        if kind < 0.35:
            return rng.choice(self.breaks[key])
        if kind < 0.7:
            offset, time = rng.choice(self.edges)
            day = rng.choice(self.days) if rng.random() < 0.3 else rng.randrange(first // DAY, LAST // DAY)
            return day * DAY + time - offset
        return rng.randrange(first, LAST)

    def instants(self, key):
        """When the request began, and when it ended or None."""
        rng = self.rng
        anchor = self.anchor(key)
        first = anchor + rng.choice(STEPS)
        kind = rng.random()
        if kind < 0.45:
            return first, None
        if kind < 0.8:
            before, after = (rng.choice((0, 1, SECOND, rng.randrange(1, 600 * SECOND))) for _ in range(2))
            return anchor - before, anchor + after
        return first, first + rng.choice((0, 1, SECOND, rng.randrange(1, 3600 * SECOND), rng.randrange(1, 4 * DAY)))

    def tokens(self):
        kind = self.rng.random()
        if kind < 0.1:
            return 0
        if kind < 0.13:
            return self.rng.choice((10**12, 10**12 - 1, 1))
        return int(10 ** self.rng.uniform(0, 7))

    def usage(self, key):
        rng = self.rng
        usage = {meter: self.tokens() for meter in oracle.RATE_OF if rng.random() < 0.6}
        for meter in oracle.NEEDED:
            if rng.random() < 0.9:
                usage.setdefault(meter, self.tokens())
        for meter in oracle.UNIT_OF:
            if rng.random() < 0.1:
                usage[meter] = self.tokens()
        if self.thresholds[key] and rng.random() < 0.5:
            total = max(0, rng.choice(self.thresholds[key]) + rng.choice((-1, 0, 0, 1)))
            parts = [meter for meter in oracle.PROMPT if meter in usage] or ["fresh_input"]
            for meter in parts[1:]:
                usage[meter] = rng.randrange(total + 1)
                total -= usage[meter]
            usage[parts[0]] = total
        return usage or {"visible_output": self.tokens()}  # a record without any count is no record

    def request(self):
        rng = self.rng
        key = rng.choice(self.weighted)
        service_class, region, currency = rng.choice(self.offers[key])
        if rng.random() < 0.06:
            service_class, region, currency = rng.choice(CLASSES), rng.choice(REGIONS), rng.choice(CURRENCIES)
        requested, completed = self.instants(key)
        record = {"provider": key[0], "model": key[1], "requested": rfc3339(requested), "currency": currency}
        if completed is not None:
            record["completed"] = rfc3339(completed)
        if service_class != "standard" or rng.random() < 0.5:
            record["service_class"] = service_class
        if region != "any" or rng.random() < 0.5:
            record["region"] = region
        record["usage"] = self.usage(key)
        wanted = self.book.price(*key, currency, record["usage"], requested, completed, service_class, region, self.known_at)
        return record, wanted


def amount(text):
    return None if text is None else decimal.Decimal(text)


def differences(found, wanted, with_marks):
    """Names of what differs, with both sides: found by the program, wanted by the calculation here."""
    wrong = []
    refused = found["refusal"] != "none"
    if refused != (wanted.refusal != "none"):
        wrong.append(f"refusal: found {found['refusal']} ({found.get('reason', '')}), wanted {wanted.refusal}")
    for name in ("total", "low", "high"):
        other = getattr(wanted, name) if name != "high" or wanted.complete else None  # what is missing has no bound
        if amount(found[name]) != other:
            wrong.append(f"{name}: found {found[name]}, wanted {other}")
    if found["complete"] != wanted.complete:
        wrong.append(f"complete: found {found['complete']}, wanted {wanted.complete} {wanted.states}")
    for meter in (*oracle.RATE_OF, *oracle.UNIT_OF):
        one = amount(found.get("meters", {}).get(meter)) or 0
        other = wanted.meters.get(meter) or 0
        if one != other:
            wrong.append(f"{meter}: found {one}, wanted {other}")
    if not refused and found["records"] != wanted.records:
        wrong.append(f"records: found {found['records']}, wanted {wanted.records}")
    if with_marks and not refused and set(found["marks"]) & MARKS != wanted.marks & MARKS:
        wrong.append(f"marks: found {sorted(found['marks'])}, wanted {sorted(wanted.marks & MARKS)}")
    return wrong


def run(job):
    """Draws, asks the program, compares: (requests, models, refused, number of differences, the first few as text)."""
    binary, place, count, seed, known_at, with_marks = job
    draw = Draw(oracle.catalogue(), f"{seed}/{place}", known_at)
    drawn = [draw.request() for _ in range(count)]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "requests.jsonl")
        with open(path, "w", encoding="ascii") as file:
            file.writelines(json.dumps(record) + "\n" for record, _ in drawn)
        command = [binary, "price", path, "--each", "--known-at", rfc3339(known_at)]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        return 0, set(), 0, 1, [f"{' '.join(command)}: exit {answer.returncode}\n{answer.stderr[-2000:]}"]
    lines = answer.stdout.splitlines()
    if len(lines) != count:
        return 0, set(), 0, 1, [f"{' '.join(command)}: {len(lines)} lines for {count} requests\n{answer.stderr[-2000:]}"]
    total, shown = 0, []
    for number, ((record, wanted), line) in enumerate(zip(drawn, lines), 1):
        found = json.loads(line)
        wrong = differences(found, wanted, with_marks)
        if found["line"] != number:
            wrong.append(f"line: found {found['line']}, wanted {number}")
        if wrong:
            total += 1
            if len(shown) < SHOWN:
                shown.append(f"--known-at {rfc3339(known_at)} {json.dumps(record)}\n  " + "\n  ".join(wrong) +
                             f"\n  program: {line}\n  here: records {wanted.records}, marks {sorted(wanted.marks)}")
    models = {(record["provider"], record["model"]) for record, _ in drawn}
    refused = sum(wanted.refusal != "none" for _, wanted in drawn)
    return count, models, refused, total, shown


def knowledge(book, seed):
    """Instants of knowledge of the runs: every other one today, else exactly when something was withdrawn, became known or
    was known to end, or the nanosecond before, and one later than all."""
    rng = random.Random(seed)
    withdrawn, ends, starts = (sorted({edge + step for record in book.records for edge in [getattr(record, name)]
                                       if abs(edge) < oracle.FOREVER for step in (0, -1)})
                               for name in ("known_until", "end_known_from", "known_from"))
    drawn = rng.sample(withdrawn, min(len(withdrawn), KNOWN // 2))
    drawn += rng.sample(ends, KNOWN // 4) + [LAST]
    drawn += rng.sample(starts[len(starts) // 3:], KNOWN - len(drawn))
    return [instant for other in drawn for instant in (NOW, other)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--n", type=int, default=100000)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--marks", action="store_true", help="compare the marks of a bill too")
    options = parser.parse_args()
    instants = knowledge(oracle.catalogue(), options.seed)
    shares = [options.n // len(instants) + (place < options.n % len(instants)) for place in range(len(instants))]
    jobs = [(os.path.abspath(options.binary), place, share, options.seed, instants[place], options.marks)
            for place, share in enumerate(shares)]
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(run, jobs))
    count, refused, wrong = (sum(result[column] for result in results) for column in (0, 2, 3))
    models = set().union(*(result[1] for result in results))
    shown = [text for result in results for text in result[4]]
    print("\n".join(shown[:SHOWN]), end="\n" if shown else "")
    print(f"{count:,} requests ({refused:,} of them refused), {len(models)} models, "
          f"{len(set(instants))} instants of knowledge, {wrong:,} differences")
    return 1 if wrong or count != options.n else 0


if __name__ == "__main__":
    sys.exit(main())
