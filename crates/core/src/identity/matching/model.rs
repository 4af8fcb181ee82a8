//! The model of Fellegi and Sunter: how often each level of agreement occurs for one person (m) and for two (u).

use super::blocking::Block;
use super::compare::{ATTRIBUTES, Levels, UNKNOWN, levels};
use super::records::{Attribute, Records};
use super::{Reason, compare::Kind};
use std::collections::HashMap;

/// Enough to see a level of one in ten thousand some thirty times.
const RANDOM_PAIRS: usize = 300_000;
/// A rule's pairs are enough to learn from long before this.
const LEARNING_PAIRS: usize = 200_000;
const ROUNDS: usize = 4;
const ITERATIONS: usize = 100;
/// Below so many expected matches a rule's pairs teach nothing.
const FEW: f64 = 5.0;
/// No level is impossible, for one person or two.
const LEAST: f64 = 1e-7;
/// Winkler's adjustment may not carry more than ten bits either way.
const MOST_RARE: f64 = 1024.0;

const WIDEST: usize = 4;

type Table = [[f64; WIDEST]; ATTRIBUTES];

/// Patterns of levels and how many pairs show them: pairs are thousands of times more than patterns.
type Patterns = Vec<(Levels, f64)>;

pub struct Model {
    m: Table,
    u: Table,
    /// How often two random values of an attribute are equal, and the frequency of each value relative to that.
    chance: [f64; ATTRIBUTES],
    /// Share of all pairs that are one person.
    share: f64,
    pairs: f64,
}

impl Model {
    pub fn learn(
        records: &Records,
        blocks: &[Block],
        pairs: &[(u32, u32)],
        seed: u64,
        pause: &mut dyn FnMut(),
    ) -> Model {
        let count = records.len() as f64;
        let random = random_levels(records, seed, pause);
        let mut model = Model {
            m: starting_m(),
            u: random,
            chance: chances(records),
            share: 1e-4,
            pairs: (count * (count - 1.0) / 2.0).max(1.0),
        };
        let patterns: Vec<Patterns> = blocks
            .iter()
            .map(|block| {
                pause();
                let step = block.pairs.len().div_ceil(LEARNING_PAIRS).max(1);
                patterns(records, block.pairs.iter().step_by(step))
            })
            .collect();
        pause();
        let all = patterns_of(records, pairs, pause);
        // Random pairs hold some of one person, so u is learned too high at first; each round takes those out.
        for _ in 0..ROUNDS {
            model.learn_m(blocks, &patterns);
            model.learn_share(&all);
            model.correct_u(&random);
            pause();
        }
        model
    }

    /// Within the pairs of each rule, with the share of matches there its own, and without the attributes it uses. The
    /// rules' counts are added.
    fn learn_m(&mut self, blocks: &[Block], patterns: &[Patterns]) {
        let mut sums = [[0.0; WIDEST]; ATTRIBUTES];
        for (block, patterns) in blocks.iter().zip(patterns) {
            let counts = self.maximize(block, patterns);
            for (sum, count) in sums.iter_mut().flatten().zip(counts.iter().flatten()) {
                *sum += count;
            }
        }
        for ((m, sums), attribute) in self.m.iter_mut().zip(&sums).zip(Attribute::ALL) {
            if sums.iter().sum::<f64>() >= FEW {
                *m = shares(sums, attribute.kind().levels().len());
            }
        }
    }

    /// Expectation maximization; returns how many matches show each level, zeros where there are too few. Namesakes share more
    /// than strangers do, their e-mail addresses to begin with, so u is learned here, too, beginning with that of random
    /// pairs, which counts as much as all pairs of the rule.
    fn maximize(&self, block: &Block, patterns: &Patterns) -> Table {
        let used = |attribute: usize| block.uses.iter().any(|used| *used as usize == attribute);
        let total: f64 = patterns.iter().map(|(_, count)| count).sum();
        let (mut m, mut u, mut share) = (self.m, self.u, 0.3);
        let mut counts = [[0.0; WIDEST]; ATTRIBUTES];
        for _ in 0..ITERATIONS {
            counts = [[0.0; WIDEST]; ATTRIBUTES];
            let mut others = self.u.map(|u| u.map(|frequency| frequency * total));
            let mut matches = 0.0;
            for (levels, count) in patterns {
                let ratio: f64 = (0..ATTRIBUTES)
                    .filter(|&a| levels[a] != UNKNOWN && !used(a))
                    .map(|a| m[a][levels[a] as usize] / u[a][levels[a] as usize])
                    .product();
                let odds = ratio * share / (1.0 - share);
                let mass = count * odds / (1.0 + odds);
                matches += mass;
                for a in (0..ATTRIBUTES).filter(|&a| levels[a] != UNKNOWN && !used(a)) {
                    counts[a][levels[a] as usize] += mass;
                    others[a][levels[a] as usize] += count - mass;
                }
            }
            if matches < FEW {
                return [[0.0; WIDEST]; ATTRIBUTES];
            }
            let next = (matches / total).clamp(1e-6, 1.0 - 1e-6);
            let moved = (next - share).abs();
            share = next;
            for (a, attribute) in Attribute::ALL.into_iter().enumerate() {
                if counts[a].iter().sum::<f64>() >= FEW {
                    m[a] = shares(&counts[a], attribute.kind().levels().len());
                }
                let known: f64 = others[a].iter().sum();
                u[a] = others[a].map(|count| (count / known).max(LEAST));
            }
            if moved < 1e-6 {
                break;
            }
        }
        counts
    }

    /// The share of matches among all pairs: those that no rule finds are taken to be none.
    fn learn_share(&mut self, all: &Patterns) {
        for _ in 0..ITERATIONS {
            let prior = self.prior();
            let matches: f64 =
                all.iter().map(|(levels, count)| count * probability(prior + self.ratio(levels))).sum();
            let next = (matches.max(1.0) / self.pairs).clamp(1e-12, 0.5);
            let settled = (next / self.share - 1.0).abs() < 1e-4;
            self.share = next;
            if settled {
                return;
            }
        }
    }

    fn correct_u(&mut self, random: &Table) {
        let learned = self.m.iter().flatten().zip(random.iter().flatten());
        for (u, (m, random)) in self.u.iter_mut().flatten().zip(learned) {
            let rest = (random - self.share * m) / (1.0 - self.share);
            *u = rest.max(random * 0.01).max(LEAST);
        }
    }

    fn prior(&self) -> f64 {
        (self.share / (1.0 - self.share)).log2()
    }

    fn weight(&self, attribute: usize, level: u8) -> f64 {
        (self.m[attribute][level as usize] / self.u[attribute][level as usize]).log2()
    }

    fn ratio(&self, levels: &Levels) -> f64 {
        (0..ATTRIBUTES).filter(|&a| levels[a] != UNKNOWN).map(|a| self.weight(a, levels[a])).sum()
    }

    /// Winkler's adjustment: agreement on a value that is rarer than the average one weighs more.
    fn rarity(&self, records: &Records, record: u32, attribute: usize) -> f64 {
        let column = &records.columns[attribute];
        let count = column.counts[column.values[record as usize] as usize];
        let frequency = f64::from(count) / column.known().max(1) as f64;
        (self.chance[attribute] / frequency).clamp(1.0 / MOST_RARE, MOST_RARE).log2()
    }

    fn weights<'m>(
        &'m self,
        records: &'m Records,
        left: u32,
        levels: &'m Levels,
    ) -> impl Iterator<Item = (usize, f64)> + 'm {
        (0..ATTRIBUTES).filter(|&a| levels[a] != UNKNOWN).map(move |a| {
            let rarity = if levels[a] == 0 { self.rarity(records, left, a) } else { 0.0 };
            (a, self.weight(a, levels[a]) + rarity)
        })
    }

    pub fn probability(&self, records: &Records, left: u32, levels: &Levels) -> f64 {
        let weight: f64 = self.weights(records, left, levels).map(|(_, weight)| weight).sum();
        probability(self.prior() + weight)
    }

    pub fn explain(&self, records: &Records, left: u32, levels: &Levels) -> (f64, Vec<Reason>) {
        let reason = |(a, weight): (usize, f64)| Reason {
            attribute: Attribute::ALL[a].name(),
            level: Attribute::ALL[a].kind().levels()[levels[a] as usize],
            weight,
        };
        let reasons: Vec<Reason> = self.weights(records, left, levels).map(reason).collect();
        (reasons.iter().map(|r| r.weight).sum(), reasons)
    }

    pub fn expected(&self) -> f64 {
        self.share * self.pairs
    }
}

fn probability(weight: f64) -> f64 {
    1.0 / (1.0 + (-weight).exp2())
}

/// From counts to frequencies, none of them zero.
fn shares(counts: &[f64; WIDEST], levels: usize) -> [f64; WIDEST] {
    let total: f64 = counts[..levels].iter().sum();
    let mut shares = [LEAST; WIDEST];
    for (share, count) in shares[..levels].iter_mut().zip(counts) {
        *share = (count + 0.1) / (total + 0.1 * levels as f64);
    }
    shares
}

/// Nine of ten values of one person are the same; the rest spreads over the other levels.
fn starting_m() -> Table {
    Attribute::ALL.map(|attribute| {
        let levels = attribute.kind().levels().len();
        let mut m = [LEAST; WIDEST];
        m[..levels].fill(0.1 / (levels - 1) as f64);
        m[0] = 0.9;
        m
    })
}

fn chances(records: &Records) -> [f64; ATTRIBUTES] {
    let mut chances = [0.0; ATTRIBUTES];
    for (chance, column) in chances.iter_mut().zip(&records.columns) {
        *chance = column.chance();
    }
    chances
}

/// How often each level occurs in random pairs; how often values are equal is known without drawing any.
fn random_levels(records: &Records, seed: u64, pause: &mut dyn FnMut()) -> Table {
    let mut counts = [[0.0; WIDEST]; ATTRIBUTES];
    let mut random = SplitMix(seed);
    let count = records.len() as u64;
    let draws = if count < 2 { 0 } else { RANDOM_PAIRS };
    for draw in 0..draws {
        if draw % 10_000 == 0 {
            pause();
        }
        let (left, right) = (random.below(count), random.below(count));
        if left == right {
            continue;
        }
        let levels = levels(records, left as u32, right as u32);
        for a in (0..ATTRIBUTES).filter(|&a| levels[a] != UNKNOWN) {
            counts[a][levels[a] as usize] += 1.0;
        }
    }
    let mut table = [[LEAST; WIDEST]; ATTRIBUTES];
    for (a, attribute) in Attribute::ALL.into_iter().enumerate() {
        let chance = records.columns[a].chance().max(LEAST);
        let mut unequal = counts[a];
        unequal[0] = 0.0;
        let rest = shares(&unequal, attribute.kind().levels().len());
        for level in 1..attribute.kind().levels().len() {
            table[a][level] = (rest[level] * (1.0 - chance)).max(LEAST);
        }
        table[a][0] = chance;
    }
    table
}

fn patterns<'p>(records: &Records, pairs: impl Iterator<Item = &'p (u32, u32)>) -> Patterns {
    let mut counts: HashMap<Levels, f64> = HashMap::new();
    for &(left, right) in pairs {
        *counts.entry(levels(records, left, right)).or_default() += 1.0;
    }
    let mut patterns: Patterns = counts.into_iter().collect();
    patterns.sort_unstable_by_key(|(levels, _)| *levels);
    patterns
}

fn patterns_of(records: &Records, pairs: &[(u32, u32)], pause: &mut dyn FnMut()) -> Patterns {
    let step = pairs.len().div_ceil(10 * LEARNING_PAIRS).max(1);
    let mut found = patterns(records, pairs.iter().step_by(step));
    pause();
    found.iter_mut().for_each(|(_, count)| *count *= step as f64);
    found
}

/// A generator that is enough for drawing pairs (Steele, Lea and Flood 2014), so that a seed gives the same everywhere.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(limit)) >> 64) as u64
    }
}

const _: () = assert!(Kind::Name.levels().len() == WIDEST);
