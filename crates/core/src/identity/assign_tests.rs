//! Properties of the assignment: no order matters, a merge taken back leaves no trace, unique kinds never meet unforced.

use super::assign::*;
use proptest::prelude::*;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Identifiers 1..=9 are the strongest kind and unique, 10..=19 at most two a person, 20..=39 any number.
fn nodes() -> Vec<Node> {
    let node = |id: i64| match id {
        1..=9 => Node { id, rank: Some(0), limit: Some(1) },
        10..=19 => Node { id, rank: Some(1), limit: Some(2) },
        _ => Node { id, rank: Some(2), limit: None },
    };
    (1..40).map(node).collect()
}

fn link(from: i64, to: i64, since: i64) -> Link {
    Link { from, to, since }
}

fn merge(number: u128, from: i64, into: i64, is_forced: bool) -> Merge {
    Merge { id: Uuid::from_u128(number), from, into, at: 100 + number as i64, is_forced }
}

fn links() -> impl Strategy<Value = Vec<Link>> {
    prop::collection::vec((1i64..40, 1i64..40, 0i64..20).prop_map(|(a, b, at)| link(a, b, at)), 0..60)
}

fn merges() -> impl Strategy<Value = Vec<Merge>> {
    let merge = |(n, (a, b, forced)): (usize, (i64, i64, bool))| merge(n as u128, a, b, forced);
    prop::collection::vec((1i64..40, 1i64..40, any::<bool>()), 0..8)
        .prop_map(move |all| all.into_iter().enumerate().map(merge).collect())
}

/// Identifiers of each person.
fn persons(assignment: &Assignment) -> BTreeMap<i64, Vec<i64>> {
    let mut persons: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for node in nodes() {
        persons.entry(assignment.person(node.id)).or_default().push(node.id);
    }
    persons
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_order_of_what_is_known_does_not_matter(
        (links, shuffled) in links().prop_flat_map(|l| (Just(l.clone()), Just(l).prop_shuffle())),
        (merges, mixed) in merges().prop_flat_map(|m| (Just(m.clone()), Just(m).prop_shuffle())),
    ) {
        let mut reversed = nodes();
        reversed.reverse();
        prop_assert_eq!(assign(&nodes(), &links, &merges), assign(&reversed, &shuffled, &mixed));
    }

    #[test]
    fn a_person_stands_for_itself(links in links(), merges in merges()) {
        let assignment = assign(&nodes(), &links, &merges);
        for member in assignment.members.values() {
            prop_assert_eq!(assignment.person(member.person), member.person);
        }
    }

    #[test]
    fn limits_hold_where_nobody_forces(links in links(), merges in merges()) {
        let merges: Vec<Merge> = merges.into_iter().map(|m| Merge { is_forced: false, ..m }).collect();
        for (person, ids) in persons(&assign(&nodes(), &links, &merges)) {
            let count = |from, to| ids.iter().filter(|id| (from..to).contains(*id)).count();
            prop_assert!(count(1, 10) <= 1, "{person}: {ids:?}");
            prop_assert!(count(10, 20) <= 2, "{person}: {ids:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// Merges and unmerges in any sequence leave what the merges that remain say, so undoing one restores what was.
    #[test]
    fn merges_taken_back_leave_no_trace(
        links in links(), steps in prop::collection::vec((1i64..40, 1i64..40, any::<bool>(), any::<prop::sample::Index>()), 1..12),
    ) {
        let mut active: Vec<Merge> = Vec::new();
        let mut before: Vec<(Uuid, Assignment)> = Vec::new();
        for (n, (a, b, undoes, which)) in steps.into_iter().enumerate() {
            match before.pop() {
                Some((id, assignment)) if undoes => {
                    active.retain(|merge| merge.id != id);
                    let order = which.index(active.len().max(1));
                    active.rotate_left(order);
                    prop_assert_eq!(assign(&nodes(), &links, &active), assignment);
                }
                last => {
                    before.extend(last);
                    before.push((Uuid::from_u128(n as u128), assign(&nodes(), &links, &active)));
                    active.push(merge(n as u128, a, b, true));
                }
            }
        }
    }
}

#[test]
fn pointers_lead_to_the_strongest_then_the_earliest() {
    let links = [link(20, 10, 1), link(20, 2, 9), link(20, 1, 5), link(10, 3, 4)];
    let assignment = assign(&nodes(), &links, &[]);
    assert_eq!(assignment.person(20), 1);
    assert_eq!(assignment.person(10), 3);
}

#[test]
fn a_chain_is_one_person_since_its_last_link() {
    let assignment = assign(&nodes(), &[link(20, 10, 1), link(10, 1, 7)], &[]);
    assert_eq!(assignment.members[&20], Member { person: 1, since: 7 });
}

#[test]
fn values_beyond_the_limit_stand_alone_with_what_points_to_them() {
    let links = [link(10, 1, 3), link(11, 1, 1), link(12, 1, 2), link(20, 10, 0), link(21, 11, 0)];
    let assignment = assign(&nodes(), &links, &[]);
    assert_eq!(persons(&assignment)[&1], [1, 11, 12, 21]);
    assert_eq!(persons(&assignment)[&10], [10, 20]);
}

#[test]
fn aliases_in_a_circle_have_a_root() {
    let free: Vec<Node> = nodes().into_iter().map(|n| Node { limit: None, ..n }).collect();
    let assignment = assign(&free, &[link(3, 2, 1), link(2, 1, 2), link(1, 3, 3), link(20, 3, 4)], &[]);
    assert_eq!([1, 2, 3, 20].map(|id| assignment.person(id)), [1, 1, 1, 1]);
    // With the limit each of them is somebody else.
    let assignment = assign(&nodes(), &[link(3, 2, 1), link(2, 1, 2), link(1, 3, 3), link(20, 3, 4)], &[]);
    assert_eq!([1, 2, 3, 20].map(|id| assignment.person(id)), [1, 2, 3, 3]);
}

#[test]
fn an_identifier_that_no_longer_counts_stands_alone() {
    let mut nodes = nodes();
    nodes[9].rank = None; // 10
    let assignment = assign(&nodes, &[link(20, 10, 1), link(10, 1, 2), link(20, 2, 3)], &[]);
    assert_eq!([10, 20].map(|id| assignment.person(id)), [10, 2]);
}

#[test]
fn a_merge_joins_persons_and_the_stronger_kind_stands_for_both() {
    let links = [link(20, 1, 1), link(21, 10, 1)];
    let assignment = assign(&nodes(), &links, &[merge(1, 20, 21, true)]);
    assert_eq!(persons(&assignment)[&1], [1, 10, 20, 21]);
    assert_eq!(assignment.members[&21], Member { person: 1, since: 101 });
    // Of equal kinds the one merged into.
    assert_eq!(assign(&nodes(), &[], &[merge(1, 1, 2, true)]).person(1), 2);
}

#[test]
fn only_force_brings_two_values_of_a_unique_kind_together() {
    let links = [link(20, 1, 1), link(21, 2, 1)];
    assert_eq!(assign(&nodes(), &links, &[merge(1, 20, 21, false)]).person(20), 1);
    assert_eq!(assign(&nodes(), &links, &[merge(1, 20, 21, true)]).person(20), 2);
    // A person forced to hold two may get a third identifier of another kind.
    let both = [merge(1, 1, 2, true), merge(2, 30, 1, false)];
    assert_eq!(assign(&nodes(), &links, &both).person(30), 2);
}
