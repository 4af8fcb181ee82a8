"""A second reader of generated texts, written apart from the checks that serve them: which numbers and names of a text
are not in its facts, and what looks like a placeholder."""
import re
from decimal import Decimal

AMOUNT = re.compile(r"([$€£¥]?)\s?(\d+(?:,\d{3})*(?:\.\d+)?)(\s?%)?")
SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
# No name ends so; "'s" may end one.
CONTRACTED = re.compile(r"[A-Za-z]+'(ll|m|ve|d|re|t)")
PLACEHOLDER = re.compile(r"[\[\]{}<>|*#_`~\\\"]|https?:|www\.|\bx{3,}\b|lorem|\byour name\b|\bN/A\b|\bnull\b", re.I)
ENDS = (".", "!", "?")


class Reader:
    def __init__(self, corpus):
        """`corpus`: true texts of the same shop. What stands there in lower case is a word, not a name."""
        self.words = {w for text in corpus if text for w in re.findall(r"\b[a-z][a-z']*\b", text)}
        self.words |= {w for text in corpus if text for w in [text.split()[0].strip(",:!?.").lower()]}

    def ungrounded(self, text, facts, draft):
        """Everything in the text that no fact holds."""
        names = [f["value"] for f in facts if f["type"] in ("name", "brand")]
        amounts = {(SIGNS.get(f["value"]["currency"], ""), Decimal(f["value"]["amount"]).normalize())
                   for f in facts if f["type"] == "money"}
        found = [f"placeholder {m.group()!r}" for m in PLACEHOLDER.finditer(text)]
        rest = text
        for name in sorted(names, key=len, reverse=True):
            rest = re.sub(re.escape(name), "\N{REPLACEMENT CHARACTER}", rest, flags=re.I)
        for sign, number, percent in AMOUNT.findall(rest):
            if percent or (sign, Decimal(number.replace(",", "")).normalize()) not in amounts:
                found.append(f"number {sign}{number}{percent}")
        return found + [f"name {word}" for word in self.foreign(rest, names, draft)]

    def foreign(self, rest, names, draft):
        """Words with a capital that are no part of a name, and that do not merely begin a sentence."""
        known = {w.lower() for name in names for w in re.findall(r"[^\W\d_]+", name)}
        known |= {w.rstrip("s") for w in known} | {w + "s" for w in known}
        words = rest.split()
        for previous, raw, following in zip([".", *words], words, [*words[1:], ""]):
            word = re.sub(r"[’']s$", "", raw.strip(",.:;!?–—")).replace("’", "'")
            if not word[:1].isupper() or word.lower() in known or CONTRACTED.fullmatch(word):
                continue
            if previous.endswith(ENDS) and (word.lower() in self.words | COMMON or asks(raw, following)):
                continue
            yield word


def asks(first, following):
    """Whether a sentence that begins so is a request: `Delight your family`, `Return to us`. After a name there would be
    a verb, a mark, or another name."""
    return first.isalpha() and following.strip(",.:;!?–—").lower() in OBJECTS


OBJECTS = set("a an the your our my yourself you us it them this these those in into to up".split())


# Words that may begin a sentence; names among them would be seen in the middle of sentences, where all count.
COMMON = set("""a about add all always an and another any are as at back before brighten bring browse can check choose come could day do
does don't each enjoy even every everyday feel few fill find for from gather get give glad go good grab great happy hard have here
hi how hope i'm idea if imagine in is isn't it it's join just keep let let's little look looking love lovely make many maybe more need
next nice no not now of on once one or our pair perfect pick picking place please put ready remember save say see share shop shopping simple simply so some something
soon start stock stop sure take thank thanks that the there these they they're think this those time to tonight treat try until use wait
want we we'd we'll we're we've welcome what what's when whenever where whether which who why will with worth would yes you you'd you'll you're you've your""".split())
