//! Matching on public sets of records whose persons are known: F1 over the pairs of the clusters, which is printed. The sets
//! (fake_1000.csv, and FEBRL's dataset1.csv and dataset2.csv) are in the folder that IDENTITY_DATA names; without it the
//! test says "skipped".

#![allow(clippy::unwrap_used, reason = "the sets are what they are")]

use pg_journey_core::identity::matching::{Attribute, Records, candidates};
use std::collections::HashMap;
use std::path::Path;

struct Set {
    file: &'static str,
    columns: &'static [(Attribute, &'static [&'static str])],
    person: fn(&HashMap<String, String>) -> String,
}

fn read(path: &Path) -> Vec<HashMap<String, String>> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').map(str::trim).collect();
    lines
        .map(|l| names.iter().zip(l.split(',')).map(|(n, v)| (n.to_string(), v.trim().to_owned())).collect())
        .collect()
}

fn root(parents: &mut [usize], mut i: usize) -> usize {
    while parents[i] != i {
        parents[i] = parents[parents[i]];
        i = parents[i];
    }
    i
}

fn pairs(groups: impl Iterator<Item = usize>) -> f64 {
    let mut sizes: HashMap<usize, f64> = HashMap::new();
    groups.for_each(|g| *sizes.entry(g).or_default() += 1.0);
    sizes.values().map(|s| s * (s - 1.0) / 2.0).sum()
}

fn f1(set: &Set, folder: &Path, threshold: f64) -> f64 {
    let rows = read(&folder.join(set.file));
    let mut records = Records::default();
    let joined: Vec<HashMap<&str, String>> = rows
        .iter()
        .map(|row| {
            set.columns
                .iter()
                .map(|(a, names)| {
                    (a.name(), names.iter().map(|n| row[*n].as_str()).collect::<Vec<_>>().join(" "))
                })
                .collect()
        })
        .collect();
    for row in &joined {
        records.push(|a| row.get(a.name()).map(String::as_str).filter(|v| !v.trim().is_empty()));
    }
    let began = std::time::Instant::now();
    let (found, summary) = candidates(&records, threshold, 1, &mut || {});
    let took = began.elapsed();
    let mut parents: Vec<usize> = (0..rows.len()).collect();
    for c in &found {
        let (a, b) = (root(&mut parents, c.left as usize), root(&mut parents, c.right as usize));
        parents[a] = b;
    }
    let mut persons: HashMap<String, usize> = HashMap::new();
    let truth: Vec<usize> = rows
        .iter()
        .map(|r| {
            let next = persons.len();
            *persons.entry((set.person)(r)).or_insert(next)
        })
        .collect();
    let clusters: Vec<usize> = (0..rows.len()).map(|i| root(&mut parents, i)).collect();
    let both = pairs((0..rows.len()).map(|i| clusters[i] * rows.len() + truth[i]));
    let (precision, recall) = (both / pairs(clusters.iter().copied()), both / pairs(truth.iter().copied()));
    let f1 = 2.0 * precision * recall / (precision + recall);
    println!(
        "{} threshold {threshold}: F1 {f1:.4} precision {precision:.4} recall {recall:.4}; {summary:?} in {took:?}",
        set.file
    );
    f1
}

const FAKE: Set = Set {
    file: "fake_1000.csv",
    columns: &[
        (Attribute::FirstName, &["first_name"]),
        (Attribute::LastName, &["surname"]),
        (Attribute::BirthDate, &["dob"]),
        (Attribute::City, &["city"]),
        (Attribute::Email, &["email"]),
    ],
    person: |r| r["cluster"].clone(),
};

const fn febrl(file: &'static str) -> Set {
    Set {
        file,
        columns: &[
            (Attribute::FirstName, &["given_name"]),
            (Attribute::LastName, &["surname"]),
            (Attribute::Street, &["street_number", "address_1"]),
            (Attribute::City, &["suburb"]),
            (Attribute::PostalCode, &["postcode"]),
            (Attribute::State, &["state"]),
            (Attribute::BirthDate, &["date_of_birth"]),
        ],
        person: |r| r["rec_id"].split('-').nth(1).unwrap().to_owned(),
    }
}

#[test]
fn clusters_of_public_sets_are_found() {
    let Ok(folder) = std::env::var("IDENTITY_DATA") else {
        println!("skipped: IDENTITY_DATA names no folder");
        return;
    };
    let folder = Path::new(&folder);
    for (set, least) in [(&FAKE, 0.90), (&febrl("dataset1.csv"), 0.98), (&febrl("dataset2.csv"), 0.98)] {
        for threshold in [0.5, 0.9] {
            assert!(f1(set, folder, threshold) >= least, "{} at {threshold}", set.file);
        }
    }
}
