"""A small shop whose customers do what is hard to count: events at the very ends of windows and sessions, at changes of
daylight saving, on leap days, with amounts as numbers, strings and nonsense, some late, some by a device's own id."""
import datetime
import json
import random

UTC = datetime.timezone.utc
DAYS = [datetime.datetime(*day, tzinfo=UTC) for day in [
    (2024, 2, 28), (2024, 2, 29), (2024, 3, 10), (2024, 3, 30), (2024, 3, 31), (2024, 10, 26), (2024, 10, 27), (2024, 11, 3),
    (2023, 2, 28), (2023, 12, 31), (2025, 2, 28), (2025, 1, 1)]]
LENGTHS = {"30 minutes": {"minutes": 30}, "36 hours": {"hours": 36}, "1 day": {"days": 1}, "2 days": {"days": 2}, "7 days": {"days": 7},
           "2 weeks": {"days": 14}, "30 days": {"days": 30}, "1 month": {"days": 30}, "12 months": {"days": 365}, "1 year": {"days": 366}}
CATEGORIES = ["Tea", "Coffee", "Cups", "Tee & \"Kekse\""]


class Shop:
    def __init__(self, seed, customers):
        self.random = random.Random(seed)
        self.customers = [f"c{n}" for n in range(customers)]
        self.messages = 0
        self.times = []

    def events(self, customers, visits):
        """Messages as (customer, message), in no order."""
        made = [event for customer in customers for _ in range(self.random.randint(0, visits)) for event in self.visit(customer)]
        self.random.shuffle(made)
        return made

    def visit(self, customer):
        at = self.random.choice(DAYS) + datetime.timedelta(seconds=self.random.randrange(2 * 86_400))
        for _ in range(self.random.randint(1, 6)):
            yield customer, self.message(customer, at)
            at += datetime.timedelta(seconds=self.random.choice([0, 0, 0, 1, 59, 600, 1799, 1800, 1800, 1801, 3600]),
                                     microseconds=self.random.choice([0, 0, 0, 1, 999_999]))

    def message(self, customer, at):
        self.messages += 1
        self.times.append(at)
        message = {"messageId": f"m{self.messages}", "timestamp": at.isoformat(), **self.random.choice(
            [self.page, self.view, self.view, self.order, self.order, self.refund, self.email])()}
        # The device's id is linked to its customer by an identify, so either names the same person.
        message["anonymousId" if self.random.random() < 0.3 else "userId"] = customer
        if "anonymousId" in message:
            message["anonymousId"] = f"device-{customer}"
        if self.random.random() < 0.7:
            message["channel"] = self.random.choice(["web", "app", "store"])
        return message

    def amount(self):
        number = round(self.random.uniform(-5, 200), 2)
        return self.random.choice([number, number, int(number), str(number), f" {number} ", "n/a", None, True, [number]])

    def page(self):
        return {"type": "page", "name": "Home", "properties": {"path": self.random.choice(["/", "/tea", "/cups"])},
                "context": {"campaign": {"name": self.random.choice(["spring", "autumn"])}}}

    def view(self):
        return {"type": "track", "event": "Item Seen", "properties": {
            "category": self.random.choice([*CATEGORIES, None, 7, ["Tea"]]), "price": self.amount(), "is_new": self.random.choice([True, False])}}

    def order(self):
        lines = [{"category": self.random.choice(CATEGORIES), "quantity": self.random.randint(1, 3)}
                 for _ in range(self.random.randint(0, 3))]
        return {"type": "track", "event": "Purchase Made", "properties": {
            "amount": self.amount(), "lines": lines, "coupon": self.random.choice([None, "SAVE", ""])}}

    def refund(self):
        return {"type": "track", "event": "Purchase Returned", "properties": {"amount": -round(self.random.uniform(1, 50), 2)}}

    def email(self):
        return {"type": "track", "event": self.random.choice(["Email Delivered", "Email Delivered", "Email Opened"]), "properties": {}}

    def moments(self, window, count):
        """Times to ask at: those at which something happens or leaves the window, an hour or a day off, where the clock
        is changed or a month has another length."""
        length = datetime.timedelta(**LENGTHS.get(window, {}))
        near = [{}, {}, {"microseconds": -1}, {"microseconds": 1}, {"minutes": -30}, {"minutes": 30}, {"hours": -1}, {"hours": 1}, {"days": -1}, {"days": 1}]
        return [at + self.random.choice([length, length, datetime.timedelta()]) + datetime.timedelta(**self.random.choice(near))
                for at in self.random.choices(self.times, k=count)]


def identify(customer):
    return {"type": "identify", "messageId": f"identify-{customer}", "userId": customer, "anonymousId": f"device-{customer}",
            "timestamp": "2023-01-01T00:00:00Z"}


def load(connection, events):
    """Stores messages, and which customer each is of, in a table of the test's own."""
    connection.execute("CREATE TABLE IF NOT EXISTS truth (message_id text PRIMARY KEY, customer text NOT NULL)")
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO truth VALUES (%s, %s)", [(message["messageId"], customer) for customer, message in events])
    for start in range(0, len(events), 2000):
        batch = json.dumps([message for _, message in events[start:start + 2000]])
        refused = connection.execute("SELECT error FROM journey_track_batch(%s) WHERE status <> 'accepted'", [batch]).fetchall()
        assert refused == []
    connection.execute("DROP TABLE IF EXISTS naive_events")
    connection.execute("""CREATE TABLE naive_events AS SELECT t.customer, e.* FROM journey.events e JOIN truth t USING (message_id);
                          CREATE INDEX ON naive_events (customer, "timestamp"); ANALYZE""")
