"""What the customers of a made-up shop do in half a year, over all channels: the same messages for the same seed."""
import datetime
import random

BEGIN = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)
DAYS = 180
END = BEGIN + datetime.timedelta(days=DAYS)
CATEGORIES = ["Tea", "Coffee", "Bread", "Cups", "Honey", "Cake"]


class Person:
    """A customer who comes as a visitor first, with one or two devices, and signs in later or never."""

    def __init__(self, number, chance):
        self.number, self.chance = number, chance
        self.devices = [f"device-{number}-{n}" for n in range(chance.randint(1, 2))]
        self.user = f"user-{number}" if chance.random() < 0.8 else None
        self.signs_in = BEGIN + datetime.timedelta(days=chance.uniform(0, DAYS))
        self.orders = []

    def ids(self, at):
        device = self.chance.choice(self.devices)
        if self.user is None or at < self.signs_in:
            return {"anonymousId": device}
        return {"userId": self.user} if self.chance.random() < 0.6 else {"userId": self.user, "anonymousId": device}


def product(chance):
    number = chance.randrange(200)
    price = 2 + number % 40
    made = {"product_id": f"p{number}", "category": CATEGORIES[number % len(CATEGORIES)], "brand": f"Brand {number % 7}", "price": price,
            "quantity": chance.randint(1, 3)}
    return made | ({"compare_at_price": price + 3} if number % 5 == 0 else {})


def order(person, chance):
    products = [product(chance) for _ in range(chance.randint(1, 4))]
    total = sum(p["price"] * p["quantity"] for p in products)
    discount = round(total * chance.choice([0, 0, 0.1, 0.25]), 2)
    person.orders.append(f"{person.number}-{len(person.orders)}")
    return {"order_id": person.orders[-1], "total": round(total - discount, 2), "discount": discount, "products": products,
            "currency": "EUR" if chance.random() < 0.9 else "USD"} | ({"coupon": "SAVE"} if chance.random() < 0.2 else {})


def again(person, chance, more):
    """About an order there was, seldom about one nobody told of."""
    known = chance.choice(person.orders) if person.orders and chance.random() < 0.95 else f"{person.number}-unknown"
    return {"order_id": known, "currency": "EUR"} | more


def happening(person, chance):
    """Event, channel and properties."""
    web = chance.choice(["web", "web", "app"])
    ticket = {"ticket_id": f"t-{person.number}-{chance.randrange(3)}", "subject": "Where is it?"}
    return chance.choices([
        lambda: ("Product Viewed", web, product(chance)),
        lambda: ("Product Added", web, product(chance)),
        lambda: ("Product Removed", web, {"product_id": f"p{chance.randrange(200)}"}),
        lambda: ("Cart Viewed", web, {"products": [product(chance) for _ in range(2)]}),
        lambda: ("Checkout Started", web, {"products": [product(chance)]}),
        lambda: ("Coupon Applied", web, {"coupon_id": "SAVE"}),
        lambda: ("Order Completed", chance.choice(["web", "app", "store"]), order(person, chance)),
        lambda: ("Order Updated", web, order(person, chance) | again(person, chance, {})),
        lambda: ("Order Refunded", "support", again(person, chance, {"total": chance.randint(1, 9)} if chance.random() < 0.7 else {})),
        lambda: ("Order Cancelled", "support", again(person, chance, {})),
        lambda: ("Email Delivered", "email", {}),
        lambda: ("Email Opened", "email", {}),
        lambda: ("Email Link Clicked", "email", {}),
        lambda: ("Unsubscribed", "email", {}),
        lambda: ("Support Ticket Opened", "support", ticket),
        lambda: ("Support Ticket Solved", "support", ticket),
        lambda: ("Product Reviewed", web, {"product_id": f"p{chance.randrange(200)}", "rating": chance.randint(1, 5), "review_body": "As it is."}),
        lambda: ("Store Visited", "store", {}),
        lambda: ("Product List Filtered", web, {"filters": [{"type": chance.choice(["Price", "size"]), "value": "low"}]}),
    ], weights=[30, 12, 4, 4, 4, 2, 12, 2, 3, 1, 8, 5, 2, 0.3, 1, 1, 1, 2, 2])[0]()


def messages(people, events, seed=1):
    """So many messages of so many people, in the order of their times."""
    chance = random.Random(seed)
    crowd = [Person(number, chance) for number in range(people)]
    made = []
    for n in range(events):
        person = crowd[n % people]
        at = BEGIN + datetime.timedelta(seconds=chance.randrange(DAYS * 86_400), milliseconds=chance.randrange(1000))
        made.append((at, n, person))
    # The sender of an event knows the orders before it only, so they are told in the order of time.
    made.sort(key=lambda m: m[:2])
    return [message(at, n, person, chance) for at, n, person in made]


def message(at, n, person, chance):
    common = {"messageId": f"m{n}", "timestamp": at.isoformat()} | person.ids(at)
    if chance.random() < 0.05:
        traits = {"firstName": f"Name {chance.randrange(50)}", "emailConsent": chance.random() < 0.7, "loyaltyTier": chance.choice(["silver", "gold"])}
        return common | {"type": "identify", "traits": traits | ({"email": f"{person.number}@example.org"} if "userId" in common else {})}
    if chance.random() < 0.1:
        return common | {"type": "page", "name": chance.choice(["Home", "Search", "Help"]), "channel": "web"}
    event, channel, properties = happening(person, chance)
    return common | {"type": "track", "event": event, "channel": channel, "properties": properties}


def disordered(sent, seed=2):
    """As networks deliver them: shuffled within the day, 5 % late by 1 to 30 days, 20 % twice."""
    chance = random.Random(seed)
    copies = sent + [m for m in sent if chance.random() < 0.2]

    def arrival(sent_message):
        at = datetime.datetime.fromisoformat(sent_message["timestamp"])
        late = chance.uniform(1, 30) if chance.random() < 0.05 else 0
        return at + datetime.timedelta(days=late + chance.random())
    return sorted(copies, key=arrival)
