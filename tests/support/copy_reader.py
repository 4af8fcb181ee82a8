"""A judge of served copy, written apart from the checks that serve it: which numbers, names and claims of a text do not
follow from the facts of its case (tests/generation), in which role, and whether it keeps to its limits."""
import datetime
import re
from decimal import Decimal

AMOUNT = re.compile(r"([$€£¥]?)(\d+(?:,\d{3})*(?:\.\d+)?)(%?)(?: ([A-Z]{3})\b)?")
SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
PLACEHOLDER = re.compile(r"[\[\]{}<>|*#_`~\\\"]|https?:|www\.|\bx{3,}\b|lorem|\byour name\b|\bN/A\b|\bnull\b|\bnone\b", re.I)
BROKEN = re.compile(r"\b(\w+) (?:(?:and|or) )?\1\b|\s[.,!?]|[.,!?]{2}|  |\ba [aeiou]\w+ (?!one)|\bthe the\b", re.I)
# What a reply may only be sorry for where the customer wrote of it
COMPLAINTS = {r"wrong (?:item|product|one)|different item": r"wrong|different|instead|ordered", r"damaged|broken|cracked|defective": r"broke|damag|crack|dent|torn|scratch|defect|fault|leak|work|came off",
              r"\blate\b|delay|parcel|package": r"late|arriv|deliver|parcel|package|track|ship|wait|transit|courier",
              r"charged|payment|invoice": r"charg|pa(?:y|id)|bill|invoice|money|card", r"not fit|too (?:small|big|large|tight)": r"size|fit|small|big|large|tight"}
MASK = "\N{REPLACEMENT CHARACTER}"


def faults(case, text, content):
    """Everything that is wrong with a served text."""
    facts, lower = case["facts"], text.lower()
    found = [f"placeholder {m.group()!r}" for m in PLACEHOLDER.finditer(text)]
    found += [f"{len(text)} characters"] if not 3 <= len(text) <= case["max_chars"] else []
    found += [f"{wanted!r} is missing" for wanted in case["must"] if wanted.lower() not in lower]
    masked = mask(text, facts)
    found += [f"says {word!r}" for word in case["forbidden"] if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", masked, re.I)]
    found += [f"stutters: {m.group()!r}" for m in BROKEN.finditer(masked) if not re.match(r"a (?:use|uni|one|euro)", m.group(), re.I)]
    for line in masked.split("\n"):
        found += [problem for m in AMOUNT.finditer(line) if (problem := misread(m, line, facts))]
    ticket = facts.get("ticket", {}).get("text", "")
    found += [f"sorry for {said!r}" for said, wrote in COMPLAINTS.items() if re.search(said, masked, re.I) and not re.search(wrote, ticket, re.I)]
    found += ["the reader has what is left"] if re.search(r"\byou(?:'ve|’ve)? (?:still |only )?(?:have |got )?(?:\S+ ){0,3}\d+ [^.!?]*\bleft", masked, re.I) else []
    found += ["exclaims"] if case.get("tone", "warm") != "warm" and "!" in masked else []
    return found + wrong_parts(case, content)


def wrong_parts(case, content):
    """The parts that a kind of several must have, each with text."""
    wanted = {"email": {"subject", "preview", "body"}, "banner": {"headline", "line", "call_to_action"},
              "landing_page": {"headline", "intro", "sections"}, "category_page": {"headline", "intro", "sections"}}
    parts = wanted.get(case["kind"], {case["kind"]})
    if set(content) != parts:
        return [f"the parts are {sorted(content)}"]
    found = [f"{part} is empty" for part in parts if not content[part]]
    for section in content.get("sections", []):
        found += [] if set(section) == {"heading", "text"} and all(section.values()) else [f"section {section}"]
    if case["kind"] == "email" and len(content["subject"]) > 60:
        found.append(f"the subject has {len(content['subject'])} characters")
    return found


def mask(text, facts):
    """The text without what is quoted from the facts: names, attributes, dates and sentences of the description."""
    for name in sorted(quoted(facts), key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", MASK, text, flags=re.I)
    return text


def quoted(facts):
    product = facts.get("product", {})
    yield from filter(None, [product.get("name"), product.get("brand"), facts.get("event", {}).get("name")])
    yield sizeless(product.get("name", " "))
    others = [facts.get("alternative"), *facts.get("bundle", {}).get("products", [])]
    for other in filter(None, others):
        yield other["name"]
        yield sizeless(other["name"])
    for texts in facts.get("attributes", {}).values():
        yield from texts if isinstance(texts, list) else [texts]
    if date := facts.get("event", {}).get("date"):
        day = datetime.date.fromisoformat(date)
        yield from [f"{day:%B} {day.day}", f"{day.day} {day:%B}"]
    yield from re.findall(r"[^.!?]+[.!?]", facts.get("description", ""))


def sizeless(name):
    """`Strawberries` of `Strawberries 16 oz`, `Cordless Drill` of `Cordless Drill 18V`."""
    return re.sub(r" \d+ ?(?:oz|ml|g|kg|l|V)$", "", name)


def misread(match, line, facts):
    """What is wrong with a number where it stands."""
    sign, number, percent, _ = match.groups()
    before, after = line[:match.start()].lower()[-30:], line[match.end():].lower()[:40]
    value = Decimal(number.replace(",", ""))
    product, offer = facts.get("product", {}), facts.get("offer", {})
    if percent:
        is_offer = Decimal(str(offer.get("percent", -1))) == value
        said = re.match(r"\W*(?:\w+ )?(?:off|discount|reduction|less)\b", after) or re.search(r"sav\w+ $", before)
        return None if is_offer and said else f"{match.group()} is no offer: …{line[max(0, match.start() - 20):match.end() + 20]}…"
    if not sign and not match.group(4):
        if re.match(r"\s*(?:working |business )?days?\b", after):
            return None if facts.get("ship_days") == value and "ship" in before + after else f"{number} days"
        left = re.match(r"(?:\W+\w+){0,3}\W+left\b", after) or re.match(r" (?:pieces|remain)", after)
        return None if facts.get("stock") == value and left else f"bare number {number}"
    saved = re.match(r" (?:off|less|discount)\b", after) or re.search(r"sav\w*(?: you)? $|discount of $", before)
    own = product.get("currency")
    if saved:
        amounts = [(offer.get("amount"), offer.get("currency", own)), (difference(product), own)]
    elif re.search(r"(?:instead of|down from|from|was|than) $", before):
        amounts = [(product.get("compare_at_price"), own)]
    elif "refund" in before + after:
        amounts = [(facts.get("ticket", {}).get("amount"), facts.get("ticket", {}).get("currency"))]
    else:
        others = [facts.get("alternative", {}), facts.get("bundle", {})]
        amounts = [(thing.get("price"), thing.get("currency", own)) for thing in (product, *others)]
    if any(is_amount(match, value, *amount) for amount in amounts):
        return None
    return f"{match.group()} is not in its role: …{line[max(0, match.start() - 20):match.end() + 20]}…"


def is_amount(match, value, amount, currency):
    """In its currency, by sign or else by code."""
    written = match.group(1) or match.group(4)
    return amount is not None and Decimal(str(amount)) == value and written == SIGNS.get(currency, currency)


def difference(product):
    if product.get("compare_at_price") is None:
        return None
    return Decimal(str(product["compare_at_price"])) - Decimal(str(product["price"]))
