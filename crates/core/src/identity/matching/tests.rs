//! Invented persons with slips of the hand, from a seed: what comes out is known.

use super::*;
use std::collections::HashMap;

const FIRST: [&str; 40] = [
    "james",
    "mary",
    "robert",
    "patricia",
    "john",
    "jennifer",
    "michael",
    "linda",
    "david",
    "elizabeth",
    "william",
    "barbara",
    "richard",
    "susan",
    "joseph",
    "jessica",
    "thomas",
    "sarah",
    "charles",
    "karen",
    "amira",
    "bogdan",
    "chiara",
    "dimitri",
    "eleni",
    "farid",
    "greta",
    "hiroshi",
    "ingrid",
    "jorge",
    "katya",
    "leila",
    "mateo",
    "noor",
    "olga",
    "pavel",
    "quentin",
    "rosa",
    "stefan",
    "tamika",
];
const LAST: [&str; 50] = [
    "smith",
    "johnson",
    "williams",
    "brown",
    "jones",
    "garcia",
    "miller",
    "davis",
    "rodriguez",
    "martinez",
    "hernandez",
    "lopez",
    "gonzalez",
    "wilson",
    "anderson",
    "taylor",
    "moore",
    "jackson",
    "martin",
    "lee",
    "novak",
    "ivanova",
    "keller",
    "lindqvist",
    "moreau",
    "nakamura",
    "okafor",
    "petrov",
    "quintana",
    "rossi",
    "schmidt",
    "tanaka",
    "ueda",
    "vogel",
    "weber",
    "xu",
    "yilmaz",
    "zimmermann",
    "abara",
    "bianchi",
    "castillo",
    "dubois",
    "eriksen",
    "fischer",
    "gruber",
    "haddad",
    "ibrahim",
    "jansen",
    "kowalski",
    "larsen",
];

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % sides
    }

    /// Of two rolls the smaller: the first names of a list are the frequent ones.
    fn pick<'l>(&mut self, list: &[&'l str]) -> &'l str {
        list[self.roll(list.len()).min(self.roll(list.len()))]
    }
}

type Person = HashMap<&'static str, String>;

fn person(dice: &mut Dice) -> Person {
    let (first, last) = (dice.pick(&FIRST).to_owned(), dice.pick(&LAST).to_owned());
    HashMap::from([
        ("email", format!("{first}.{last}{}@mail{}.org", dice.roll(100), dice.roll(5))),
        ("phone", format!("+49 30 {:08}", dice.roll(100_000_000))),
        ("birthday", format!("{}-{:02}-{:02}", 1940 + dice.roll(60), 1 + dice.roll(12), 1 + dice.roll(28))),
        ("city", format!("city {}", dice.roll(30))),
        ("postal_code", format!("{:05}", dice.roll(500))),
        ("first_name", first),
        ("last_name", last),
    ])
}

/// The same person, written down again: some values lost, some with two letters in the wrong order.
fn again(person: &Person, dice: &mut Dice) -> Person {
    let mut copy = person.clone();
    let mut names: Vec<_> = copy.keys().copied().collect();
    names.sort_unstable();
    for name in names {
        match dice.roll(10) {
            0 | 1 => {
                copy.remove(name);
            }
            2 => {
                let mut letters: Vec<char> = copy[name].chars().collect();
                let at = dice.roll(letters.len() - 1);
                letters.swap(at, at + 1);
                copy.insert(name, letters.into_iter().collect());
            }
            _ => {}
        }
    }
    copy
}

fn records(people: &[Person]) -> Records {
    let mut records = Records::default();
    people.iter().for_each(|p| records.push(|a| p.get(a.name()).map(String::as_str)));
    records
}

/// Every third person stands there twice, at places i and `count` + i / 3.
fn shop(count: usize) -> Vec<Person> {
    let mut dice = Dice(7);
    let mut people: Vec<Person> = (0..count).map(|_| person(&mut dice)).collect();
    let twice: Vec<Person> = people.iter().step_by(3).map(|p| again(p, &mut dice)).collect();
    people.extend(twice);
    people
}

fn run(people: &[Person], threshold: f64) -> Vec<Candidate> {
    candidates(&records(people), threshold, 1, &mut || {}).0
}

#[test]
fn persons_who_stand_there_twice_are_found() {
    let found = run(&shop(1500), 0.5);
    let is_right =
        |c: &&Candidate| c.left.is_multiple_of(3) && c.right as usize == 1500 + c.left as usize / 3;
    let right = found.iter().filter(is_right).count() as f64;
    let (precision, recall) = (right / found.len() as f64, right / 500.0);
    assert!(precision > 0.98, "precision {precision}");
    assert!(recall > 0.95, "recall {recall}");
}

#[test]
fn the_same_input_gives_the_same_candidates() {
    let people = shop(300);
    assert_eq!(run(&people, 0.1), run(&people, 0.1));
}

#[test]
fn probabilities_are_what_they_say() {
    let found = run(&shop(1500), 0.0);
    let expected: f64 = found.iter().map(|c| c.probability).sum();
    assert!((450.0..550.0).contains(&expected), "500 pairs are true, {expected} expected");
    assert!(found.iter().all(|c| c.probability.is_finite() && c.weight.is_finite()));
    assert!(found.is_sorted_by(|a, b| a.weight >= b.weight));
}

#[test]
fn a_rare_name_weighs_more_than_a_frequent_one() {
    let found = run(&shop(1500), 0.0);
    let people = shop(1500);
    let weight = |name: &str| {
        let shared = found.iter().find(|c| {
            people[c.left as usize].get("last_name").is_some_and(|n| n == name)
                && people[c.right as usize].get("last_name").is_some_and(|n| n == name)
        });
        let reasons = shared.unwrap().reasons.iter();
        reasons.clone().find(|r| r.attribute == "last_name").unwrap().weight
    };
    assert!(weight("larsen") > weight("smith") + 1.0, "{} {}", weight("larsen"), weight("smith"));
}

#[test]
fn what_is_not_known_is_no_reason() {
    let mut people = shop(600);
    people.iter_mut().for_each(|p| {
        p.remove("phone");
    });
    let found = run(&people, 0.5);
    assert!(!found.is_empty());
    assert!(found.iter().all(|c| c.reasons.iter().all(|r| r.attribute != "phone")));
}

#[test]
fn odd_shops_give_no_nonsense() {
    assert_eq!(run(&[], 0.0), []);
    assert_eq!(run(&shop(1)[..1], 0.0), []);
    assert_eq!(run(&vec![Person::new(); 50], 0.0), []);
    let one = person(&mut Dice(1));
    for count in [2, 3, 50, 400] {
        let found = run(&vec![one.clone(); count], 0.0);
        assert!(found.iter().all(|c| c.probability.is_finite() && c.weight.is_finite()));
    }
    let strangers: Vec<Person> = (0..400).map(|i| person(&mut Dice(1000 + 77 * i))).collect();
    assert!(run(&strangers, 0.9).len() < 3, "persons who differ in everything are no candidates");
}
