"""What a request costs, calculated a second time: from the price records and the written rules of docs/pricing.md, with
Python's decimal arithmetic, and without any code of the price engine. tests/pricing/oracle/exactness.py compares the two.

    python3 tests/pricing/oracle/price_oracle.py --self-test      # the golden vectors, in the source root

Only what decides an amount is modelled: which records hold, which row of them, the factors, the interval of readings.
Calls of tools that are not named are left out: nobody has a price for them."""

import datetime
import decimal
import glob
import json
import re
import sys

decimal.getcontext().prec = 80
decimal.getcontext().traps[decimal.Inexact] = True  # an amount that does not fit exactly is an error, never rounded

MILLION = decimal.Decimal(1000000)
FOREVER = 1 << 70
BEGINNING = -FOREVER
DAY_NS = 86400 * 10**9
RATE_OF = {"fresh_input": "input", "cache_read": "cache_read", "cache_write_5m": "cache_write_5m",
           "cache_write_1h": "cache_write_1h", "visible_output": "output", "reasoning": "output"}
PROMPT = ("fresh_input", "cache_read", "cache_write_5m", "cache_write_1h")
NEEDED = ("fresh_input", "visible_output")  # no bill is whole without these counts
UNIT_OF = {"cache_token_hours": ("unit", "per_1m_token_hours"), "web_searches": ("item", "web_search")}
UNITS_OF_A_PRICE = {"per_1000_calls": 1000, "per_1m_token_hours": 1000000}
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EPOCH = datetime.date(1970, 1, 1).toordinal()
INSTANT = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d)))?$")


def day_number(text):
    return datetime.date.fromisoformat(text).toordinal() - EPOCH


def instant_ns(text):
    """Nanoseconds since 1970; a date without a time is 00:00Z."""
    match = INSTANT.match(text)
    if match is None:
        raise ValueError(f"not an instant: {text}")
    year, month, day, hour, minute, second, fraction, sign, off_hour, off_minute = match.groups()
    ns = (datetime.date(int(year), int(month), int(day)).toordinal() - EPOCH) * DAY_NS
    if hour is not None:
        ns += ((int(hour) * 60 + int(minute)) * 60 + int(second)) * 10**9 + int((fraction or "0").ljust(9, "0"))
        if sign is not None:
            shift = (int(off_hour) * 60 + int(off_minute)) * 60 * 10**9
            ns -= shift if sign == "+" else -shift
    return ns


def bound(text, otherwise):
    return otherwise if text is None else instant_ns(text)


class Record:
    """One record with its dates as numbers."""

    def __init__(self, fields):
        self.fields = fields
        self.kind = fields["kind"]
        self.id = fields["id"]
        self.start = bound(fields.get("effective_from"), BEGINNING)
        self.end = bound(fields.get("effective_until"), FOREVER)
        self.known_from = bound(fields.get("known_from"), BEGINNING)
        self.known_until = bound(fields.get("known_until"), FOREVER)
        self.end_known_from = bound(fields.get("until_known_from"), BEGINNING)
        self.rates = {name: decimal.Decimal(text) / MILLION for name, text in fields.get("meters", {}).items()} \
            if self.kind == "price" else {}

    def holds(self, instant, known_at):
        """Steps 1 and 2: visible, and in effect."""
        status = self.fields["status"]
        if status == "reference" or not self.known_from <= known_at < self.known_until:
            return False
        if status in ("cancelled", "never_applied") and not instant > known_at:
            return False
        end = self.end if self.end_known_from <= known_at else FOREVER
        return self.start <= instant < end

    def unsettled(self):
        return not self.fields.get("confirmed", False) or bool(self.fields.get("unconfirmed"))


class Calendar:
    def __init__(self, fields):
        self.fields = fields
        sign = -1 if fields["utc_offset"][0] == "-" else 1
        hours, minutes = fields["utc_offset"][1:].split(":")
        self.offset = sign * (int(hours) * 60 + int(minutes)) * 60 * 10**9
        self.holidays = {day_number(day["date"]): day["confirmed"] for day in fields.get("holidays", [])}
        through = fields.get("holidays_complete_through")
        self.complete_through = None if through is None else day_number(through)
        # "billing" names an instant that no request tells: it may be as early as the start or as late as the end.
        self.settled = fields["decided_by_confirmed"] and fields["decided_by"] in ("request_start", "request_end")
        self.windows = []
        for window in fields["windows"]:
            start, end = (int(text[:2]) * 60 + int(text[3:]) for text in (window["start"], window["end"]))
            self.windows.append((window["band"], [WEEKDAYS.index(day) for day in window["weekdays"]],
                                 start * 60 * 10**9, end * 60 * 10**9))

    def by_windows(self, day, time):
        """The band of a local date and time of day by the windows alone, and whether it is an edge of one."""
        band, edge = self.fields["default_band"], False
        for window_band, weekdays, start, end in self.windows:
            # As intervals on the line of local time: the window that starts on this date, and the one of the day before.
            for first_day in (day - 1, day):
                if (first_day + 3) % 7 not in weekdays:  # 1970-01-01 was a Thursday
                    continue
                opens = (first_day - day) * DAY_NS + start
                closes = opens + (end - start if end > start else end - start + DAY_NS)
                if opens <= time < closes:
                    band = window_band
                edge = edge or time in (opens, closes)
        return band, edge

    def bands(self, instant):
        """The band, every band that it may be, and the marks of the doubt."""
        local = instant + self.offset
        day, time = divmod(local, DAY_NS)
        band, edge = self.by_windows(day, time)
        possible, marks = {band}, set()
        # Windows are half-open by rule. An unconfirmed edge is a mark; docs/pricing.md does not name it among what widens.
        if edge and not self.fields["boundary"]["confirmed"]:
            marks.add("band_boundary")
        holiday_band = self.fields.get("holiday_band")
        if holiday_band is None:
            return band, possible, marks
        if day in self.holidays:
            if self.holidays[day]:
                return holiday_band, {holiday_band}, set()
            return holiday_band, possible | {holiday_band}, marks | {"assumed_holiday"}
        if self.complete_through is not None and day > self.complete_through:
            return band, possible | {holiday_band}, marks | {"after_holiday_table"}
        return band, possible, marks


OPERATORS = {"<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b}


def in_tier(record, prompt):
    tier = record.fields.get("tier")
    return tier is None or all(OPERATORS[c["op"]](prompt, c["tokens"]) for c in tier["conditions"])


def in_tier_otherwise(record, prompt):
    """The same where every threshold that catalogues dispute is read with the other inclusion."""
    tier = record.fields.get("tier")
    flipped = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
    return tier is None or all(
        OPERATORS[c["op"] if tier["boundary_confirmed"] else flipped[c["op"]]](prompt, c["tokens"])
        for c in tier["conditions"])


def fits(pattern, model):
    return pattern == model or (pattern.endswith("*") and model.startswith(pattern[:-1]))


class Sheet:
    """What holds for a key at one instant: rows, or why there is none."""

    def __init__(self, rows=(), aliases=(), factors=(), refusal="none", units=()):
        self.units = dict(units)  # meter: record, where there is one
        self.rows, self.aliases, self.factors, self.refusal = list(rows), list(aliases), list(factors), refusal

    def tiered(self):
        return any(row.fields.get("tier") for row in self.rows)

    def identity(self):
        return tuple(record.id for record in self.rows + self.aliases + self.factors), self.refusal


class Reading:
    """One way to read the tariff for one request."""

    def __init__(self, meters, states):
        self.meters, self.states = meters, states
        known = [amount for name, amount in meters.items() if states[name] in ("priced", "free")]
        self.total = sum(known, decimal.Decimal(0)) if known else None


class Answer:
    def __init__(self, refusal="none", total=None, low=None, high=None, meters=None, states=None, marks=(), records=()):
        self.refusal, self.total, self.low, self.high = refusal, total, low, high
        self.meters, self.states = meters or {}, states or {}
        self.marks, self.records = set(marks), list(records)

    @property
    def complete(self):
        return self.refusal == "none" and not {"unpriced", "unreported"} & set(self.states.values())


class Book:
    def __init__(self, paths):
        self.units = []
        self.by_model, self.factors, self.calendars, self.released, self.records = {}, {}, {}, {}, []
        self.models = []
        for path in paths:
            with open(path, encoding="utf-8") as file:
                document = json.load(file)
            for fields in document.get("calendars", []):
                self.calendars[fields["id"]] = Calendar(fields)
            for fields in document.get("models", []):
                self.models.append(fields["id"])
                self.released[fields["id"]] = fields.get("released")
            for fields in document.get("records", []):
                record = Record(fields)
                self.records.append(record)
                if record.kind in ("price", "alias"):
                    self.by_model.setdefault((fields["provider"], fields["model"]), []).append(record)
                elif record.kind == "per_unit":
                    self.units.append(record)
                elif record.kind == "multiplier":
                    self.factors.setdefault((fields["provider"], fields["dimension"], fields["value"]), []).append(record)

    def newest_rows(self, provider, model, currency, service_class, region, instant, known_at):
        """Step 3: the records of the newest start among the aliases and the rows of this key."""
        kept = [record for record in self.by_model.get((provider, model), [])
                if record.kind == "alias" or (record.fields["currency"] == currency and
                                              record.fields["service_class"] == service_class and
                                              record.fields["region"] == region)]
        kept = [record for record in kept if record.holds(instant, known_at)]
        newest = max((record.start for record in kept), default=None)
        return [record for record in kept if record.start == newest]

    def factor(self, provider, model, dimension, value, instant, known_at):
        """The multiplier that holds for a model, or None."""
        found = None
        for record in self.factors.get((provider, dimension, value), []):
            fields = record.fields
            if not any(fits(pattern, model) for pattern in fields["models"]) or model in fields.get("except_models", []):
                continue
            since = fields.get("models_released_from")
            released = self.released.get(f"{provider}/{model}")
            if since is not None and (released is None or released < since):
                continue
            if record.holds(instant, known_at) and (found is None or record.start > found.start):
                found = record
        return found

    def unit(self, provider, model, currency, name, value, instant, known_at):
        """The newest per-unit record of any caller for a unit or an item, or None."""
        kept = [record for record in self.units
                if record.fields["provider"] == provider and record.fields["currency"] == currency and
                record.fields[name] == value and record.fields["caller"] == "any" and
                any(fits(pattern, model) for pattern in record.fields["models"]) and record.holds(instant, known_at)]
        return max(kept, key=lambda record: record.start, default=None)

    def sheet(self, provider, model, currency, service_class, region, instant, known_at):
        """Steps 3 and 5, through aliases."""
        aliases = []
        while True:
            rows = self.newest_rows(provider, model, currency, service_class, region, instant, known_at)
            factors = []
            if not rows:
                rows = self.newest_rows(provider, model, currency, "standard", "any", instant, known_at)
                for dimension, value, usual in (("service_class", service_class, "standard"), ("region", region, "any")):
                    if value != usual:
                        factors.append(self.factor(provider, model, dimension, value, instant, known_at))
            if not rows:
                return Sheet(aliases=aliases, refusal="no_sheet")
            led = [record for record in rows if record.kind == "alias"]
            if led:
                if len(rows) != 1 or len(aliases) > 8:
                    raise ValueError(f"{led[0].id}: an alias beside other records, or a circle")
                aliases.append(led[0])
                model = led[0].fields["alias_of"]
                continue
            if None in factors:
                return Sheet(aliases=aliases, refusal="not_sold")
            found = {meter: self.unit(provider, model, currency, name, value, instant, known_at)
                     for meter, (name, value) in UNIT_OF.items()}
            return Sheet(rows, aliases, factors, units={meter: record for meter, record in found.items() if record})

    def rows_at(self, sheet, instant, prompt):
        """Step 4: the row, every row that it may be, and the marks of the doubt. None: not sold."""
        bands, marks = {"all"}, set()
        band = "all"
        calendars = {row.fields.get("calendar") for row in sheet.rows} - {None}
        for name in calendars:
            band, bands, marks = self.calendars[name].bands(instant)

        def pick(wanted, fits):
            found = [row for row in sheet.rows if row.fields["time_band"] in ("all", wanted) and fits(row, prompt)]
            if len(found) > 1:
                raise ValueError(f"{[row.id for row in found]} answer the same question")
            return found[0] if found else None

        row = pick(band, in_tier)
        possible = {pick(other, fits) for other in bands for fits in (in_tier, in_tier_otherwise)} - {None}
        if row is not None and pick(band, in_tier_otherwise) is not row:
            marks.add("tier_boundary")
        return row, possible, marks

    def reading(self, row, sheet, which, usage):
        """Amounts of one row with the lower (0) or upper (1) end of every factor and every free quota."""
        factors = sheet.factors
        meters, states = {}, {}
        for meter, rate_name in RATE_OF.items():
            count = usage.get(meter)
            rate = row.rates.get(rate_name)
            for record in factors:
                fields = record.fields
                if rate_name not in fields["meters"]:
                    rate = None
                if rate is not None:
                    ends = (fields["factor"],) * 2 if fields.get("factor") is not None \
                        else (fields["factor_min"], fields["factor_max"])
                    rate = rate * decimal.Decimal(ends[which])
            meters[meter] = decimal.Decimal(0)
            if count is None:
                states[meter] = "unreported" if meter in NEEDED else "not_used"
            elif rate is None:
                states[meter] = "unpriced" if count else "not_used"
            else:
                states[meter] = "priced" if rate else "free"
                meters[meter] = rate * count
        for meter in UNIT_OF:
            count, record = usage.get(meter), sheet.units.get(meter)
            meters[meter], states[meter] = decimal.Decimal(0), "not_used"
            if not count:
                continue
            if record is None or record.fields["state"] == "unpriced":
                states[meter] = "unpriced"
                continue
            states[meter] = record.fields["state"]
            if which == 1 or not record.fields.get("free_units_per_month"):
                meters[meter] = decimal.Decimal(record.fields["price"]) / UNITS_OF_A_PRICE[record.fields["unit"]] * count
        return Reading(meters, states)

    def price(self, provider, model, currency, usage, requested, completed=None, service_class="standard", region="any",
              known_at=FOREVER):
        if any(count is not None and count < 0 for count in usage.values()):
            return Answer("bad_usage")
        # Unknown is never zero: without the fresh tokens the size of the prompt is not known. The other parts of a prompt
        # are not reported where there are none.
        prompt = None
        if usage.get("fresh_input") is not None:
            prompt = sum(usage[meter] for meter in PROMPT if usage.get(meter) is not None)
        instants = [requested] if completed is None else [completed, requested]
        sheets = [self.sheet(provider, model, currency, service_class, region, instant, known_at) for instant in instants]
        names = [row.fields["calendar"] for row in sheets[0].rows if row.fields.get("calendar")]
        calendar = self.calendars[names[0]] if names else None
        if calendar is not None and calendar.settled:
            if calendar.fields["decided_by"] == "request_start":
                instants, sheets = instants[-1:], sheets[-1:]
            else:
                instants, sheets = instants[:1], sheets[:1]
        main = sheets[0]
        if main.refusal != "none":
            return Answer(main.refusal)
        if prompt is None and main.tiered():
            return Answer("prompt_unknown")
        row, _, _ = self.rows_at(main, instants[0], prompt)
        if row is None:
            return Answer("not_sold")
        answer = self.reading(row, main, 1, usage)
        totals, marks = [], set()
        for place, (sheet, instant) in enumerate(zip(sheets, instants)):
            if sheet.refusal != "none" or (prompt is None and sheet.tiered()):
                continue  # what would be refused is no reading
            this_row, possible, doubts = self.rows_at(sheet, instant, prompt)
            marks |= doubts if place == 0 else set()
            if place == 1 and sheet.identity() != main.identity():
                marks.add("sheet_change")
            elif place == 1 and this_row is not row:
                marks.add("band_instant_assumed")
            for which in (0, 1):
                totals += [self.reading(each, sheet, which, usage).total for each in possible]
        totals = [total for total in totals if total is not None]
        if any(record.fields.get("factor") is None for record in main.factors):
            marks.add("factor_range")
        if row.fields.get("derived") or len(main.factors) > 1:
            marks.add("derived")
        units = [main.units[meter] for meter in UNIT_OF if usage.get(meter) and meter in main.units]
        if any(record.fields.get("free_units_per_month") for record in units):
            marks.add("free_quota")
        used = main.aliases + [row] + main.factors + units
        if any(record.unsettled() for record in used):
            marks.add("unconfirmed")
        low, high = (None, None) if answer.total is None else (min(totals), max(totals))
        return Answer("none", answer.total, low, high, answer.meters, answer.states, marks, [record.id for record in used])


def catalogue():
    return Book(sorted(glob.glob("catalog/prices/*.json")) + ["catalog/models.json"])


def check_rate(book, vector):
    """A vector of rates: a million of each meter at the smallest tier is too long a prompt, so one thousand."""
    usage = {"fresh_input": 1000, "cache_read": 1000, "visible_output": 1000}
    answer = book.price(vector["provider"], vector["model"], vector["currency"], usage, instant_ns(vector["instant"]),
                        known_at=instant_ns(vector["known_at"]))
    meters = {"input": "fresh_input", "cache_read": "cache_read", "output": "visible_output"}
    found = {name: answer.meters[meters[name]] * 1000 for name in vector["expect"]} if answer.meters else {}
    wanted = {name: decimal.Decimal(text) for name, text in vector["expect"].items()}
    return [] if found == wanted else [f"rates: wanted {wanted}, found {found}"]


def check_bill(book, vector):
    answer = book.price(vector["provider"], vector["model"], vector["currency"], vector["usage"],
                        instant_ns(vector["instant"]), service_class=vector.get("service_class", "standard"),
                        region=vector.get("region", "any"), known_at=instant_ns(vector["known_at"]))
    wrong = []
    if answer.refusal != vector.get("refusal", "none"):
        wrong.append(f"refusal: {answer.refusal}")
    if "total" in vector:
        for name in ("total", "low", "high"):
            wanted = decimal.Decimal(vector.get(name, vector["total"]))
            if getattr(answer, name) != wanted:
                wrong.append(f"{name}: wanted {wanted}, found {getattr(answer, name)}")
    wrong += [f"{name}: {answer.states.get(name)}" for name, state in vector.get("states", {}).items()
              if answer.states.get(name) != state]
    wrong += [f"no mark {name}" for name in vector.get("marks", []) if name not in answer.marks]
    wrong += [f"mark {name}" for name in vector.get("marks_absent", []) if name in answer.marks]
    return wrong


def self_test(paths):
    book = catalogue()
    checked = failed = 0
    for path in paths:
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
        rates = document if isinstance(document, list) else document["rates"]
        bills = [] if isinstance(document, list) else document["bills"]
        for check, vectors in ((check_rate, rates), (check_bill, bills)):
            for vector in vectors:
                checked += 1
                wrong = check(book, vector)
                if wrong:
                    failed += 1
                    print(f"{path}: {json.dumps(vector)}\n  {'; '.join(wrong)}")
    print(f"{checked - failed} of {checked} golden vectors")
    return 1 if failed or not checked else 0


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] != "--self-test":
        sys.exit("usage: price_oracle.py --self-test [VECTORS.json...]")
    sys.exit(self_test(sys.argv[2:] or ["tests/pricing/vectors.json"]))
