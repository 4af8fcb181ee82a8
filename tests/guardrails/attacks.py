"""Texts that say what they may not: every term of the shipped guardrails, plain and in each disguise, in a sentence.

A disguise is a function of the term alone, written from what people do and not from what the matcher undoes."""
import random
import unicodedata

CARRIERS = ["Come and see: {}, only here.", "{} is what we say.", "You will like it ({})", "Our tea, {}!", "The new lamp - {} - is here.",
            "Dear customer, {} and more.", "With us it is {}", "Today: \"{}\" for your home.", "Good news\n{}\nSee you soon.", "We say {} again and again."]
CYRILLIC = str.maketrans("aeopcyxiskhvmtABEKMHOPCTX", "аеорсухіѕкһѵмтАВЕКМНОРСТХ")
GREEK = str.maketrans("oviaktpuABEZHIKMNOPTYX", "ονιακτρυΑΒΕΖΗΙΚΜΝΟΡΤΥΧ")
LEET = str.maketrans("aeiost", "431057")
SIGNS = str.maketrans("asil", "@$!|")


def letters(term, between):
    return between.join(term.replace(" ", ""))


def bold(term):
    return "".join(chr(0x1D400 + ord(c) - 65) if "A" <= c <= "Z" else chr(0x1D41A + ord(c) - 97) if "a" <= c <= "z" else c for c in term)


def circled(term):
    return "".join(chr(0x24D0 + ord(c) - 97) if "a" <= c <= "z" else c for c in term)


def accented(term):
    return "".join(unicodedata.normalize("NFC", c + "\u0301") if c in "aeiou" else c for c in term)


def broken(term, sign):
    """A sign in the middle of the longest word."""
    words = term.split(" ")
    longest = max(words, key=len)
    half = len(longest) // 2
    return term.replace(longest, longest[:half] + sign + longest[half:], 1)


def held(term):
    """The last vowel held down."""
    at = max((term.rfind(v) for v in "aeiou"), default=-1)
    return term if at < 0 else term[:at] + term[at] * 4 + term[at + 1:]


DISGUISES = {
    "plain": lambda t: t,
    "upper case": str.upper,
    "title case": str.title,
    "mixed case": lambda t: "".join(c.upper() if n % 2 else c for n, c in enumerate(t)),
    "cyrillic": lambda t: t.translate(CYRILLIC),
    "greek": lambda t: t.translate(GREEK),
    "full width": lambda t: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in t),
    "bold": bold,
    "circled": circled,
    "accents": accented,
    "zero width": lambda t: "\u200b".join(t),
    "soft hyphens": lambda t: broken(t, "\u00ad"),
    "joiners": lambda t: broken(t, "\u2060\u200d"),
    "spaced": lambda t: "  ".join(" ".join(word) for word in t.split(" ")),
    "dotted": lambda t: letters(t, "."),
    "hyphenated": lambda t: " ".join("-".join(word) for word in t.split(" ")),
    "starred": lambda t: " ".join("*".join(word) for word in t.split(" ")),
    "leet": lambda t: t.translate(LEET),
    "signs": lambda t: t[0] + t[1:-1].translate(SIGNS) + t[-1],
    "held": held,
    "point inside": lambda t: broken(t, "."),
    "underscore inside": lambda t: broken(t, "_"),
    "over sentences": lambda t: t.replace(" ", ". ").capitalize() if " " in t else broken(t, ". ") if len(t) >= 6 else t,
    "words joined by hyphens": lambda t: t.replace(" ", "-"),
    "look-alikes and zero width": lambda t: "\u200b".join(t.translate(CYRILLIC)),
    "spaced leet": lambda t: "  ".join(" ".join(word) for word in t.translate(LEET).split(" ")),
    "upper case leet": lambda t: t.upper().translate(str.maketrans("AEIOST", "431057")),
}


def attacks(terms, seed=1):
    """(term, disguise, text) for each term in each disguise that changes it."""
    rng = random.Random(seed)
    made = []
    for term in terms:
        term = term.removesuffix("*")
        seen = set()
        for name, disguise in DISGUISES.items():
            disguised = disguise(term)
            if disguised not in seen:
                seen.add(disguised)
                made.append((term, name, rng.choice(CARRIERS).format(disguised)))
    return made
