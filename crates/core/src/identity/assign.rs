//! From links and merges to persons.
//!
//! Each identifier points to the strongest one that an event shows it with; of several the one seen first. Pointers lead to
//! stronger kinds, so they make trees, and the root of a tree stands for the person. Where a person would hold more values
//! of a kind than its rule allows, the earliest stay and each of the others stands alone, with what points to it. Merges join
//! persons last. Nothing here depends on the order of the input.

use crate::kernel::time::Micros;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// An identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    pub id: i64,
    /// 0 is the strongest kind; none where the identifier no longer counts.
    pub rank: Option<usize>,
    /// How many of its kind one person may hold.
    pub limit: Option<usize>,
}

/// Some event shows `from` together with the stronger `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    pub from: i64,
    pub to: i64,
    pub since: Micros,
}

/// Somebody said that two identifiers are one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Merge {
    pub id: Uuid,
    pub from: i64,
    pub into: i64,
    pub at: Micros,
    /// Whether it may exceed the limits.
    pub is_forced: bool,
}

/// That an identifier belongs to a person other than itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    pub person: i64,
    /// Time of the latest of the links and merges that lead there.
    pub since: Micros,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assignment {
    /// The link of each identifier that counts.
    pub best: BTreeMap<i64, Link>,
    /// Identifiers that are not their own person.
    pub members: BTreeMap<i64, Member>,
}

impl Assignment {
    pub fn person(&self, id: i64) -> i64 {
        self.members.get(&id).map_or(id, |member| member.person)
    }
}

type Nodes = BTreeMap<i64, Node>;
/// Persons and their identifiers, themselves included, with the time since when.
type Groups = BTreeMap<i64, Vec<(i64, Micros)>>;

/// Persons of these identifiers. Links and merges that lead elsewhere are passed over.
pub fn assign(nodes: &[Node], links: &[Link], merges: &[Merge]) -> Assignment {
    let known: Nodes = nodes.iter().map(|node| (node.id, *node)).collect();
    let best = best(nodes, links);
    let mut groups = Forest::new(&known, without_circles(&best)).groups();
    join(&known, &mut groups, merges);
    let mut members = BTreeMap::new();
    for (person, group) in groups {
        let others = group.into_iter().filter(|(id, _)| *id != person);
        members.extend(others.map(|(id, since)| (id, Member { person, since })));
    }
    Assignment { best, members }
}

/// The link of each identifier that counts: to the strongest kind, then the earliest, then the smallest id.
pub fn best(nodes: &[Node], links: &[Link]) -> BTreeMap<i64, Link> {
    let ranks: BTreeMap<i64, usize> = nodes.iter().filter_map(|n| Some((n.id, n.rank?))).collect();
    let mut best: BTreeMap<i64, (usize, Link)> = BTreeMap::new();
    for link in links {
        let (Some(from), Some(to)) = (ranks.get(&link.from), ranks.get(&link.to)) else { continue };
        if to > from || link.from == link.to {
            continue;
        }
        let order = |(rank, link): &(usize, Link)| (*rank, link.since, link.to);
        let found = best.entry(link.from).or_insert((*to, *link));
        if order(&(*to, *link)) < order(found) {
            *found = (*to, *link);
        }
    }
    best.into_iter().map(|(id, (_, link))| (id, link)).collect()
}

/// Identifiers of one kind, which aliases link, may point at each other in a circle: the smallest of them is its root.
fn without_circles(best: &BTreeMap<i64, Link>) -> BTreeMap<i64, Link> {
    let mut tree = best.clone();
    let mut seen = BTreeSet::new();
    for start in best.keys() {
        let mut path = Vec::new();
        let mut at = *start;
        while seen.insert(at) {
            path.push(at);
            let Some(link) = tree.get(&at) else { break };
            at = link.to;
        }
        if let Some(circle) = path.iter().position(|id| *id == at).filter(|_| tree.contains_key(&at))
            && let Some(root) = path[circle..].iter().min()
        {
            tree.remove(root);
        }
    }
    tree
}

struct Forest<'a> {
    nodes: &'a Nodes,
    links: BTreeMap<i64, Link>,
    children: BTreeMap<i64, Vec<i64>>,
    /// Those that stand alone though a link leads on.
    refused: BTreeSet<i64>,
}

impl<'a> Forest<'a> {
    fn new(nodes: &'a Nodes, links: BTreeMap<i64, Link>) -> Self {
        let mut children: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        for link in links.values() {
            children.entry(link.to).or_default().push(link.from);
        }
        Forest { nodes, links, children, refused: BTreeSet::new() }
    }

    fn groups(mut self) -> Groups {
        let mut groups = Groups::new();
        let mut roots: Vec<i64> =
            self.nodes.keys().copied().filter(|id| !self.links.contains_key(id)).collect();
        while let Some(root) = roots.pop() {
            let (group, refused) = self.person(root);
            groups.insert(root, group);
            roots.extend(refused);
        }
        groups
    }

    /// The tree below a root, and the roots of what has to stand alone.
    fn person(&mut self, root: i64) -> (Vec<(i64, Micros)>, Vec<i64>) {
        let mut tree: BTreeMap<i64, Micros> = self.below(root).into_iter().collect();
        let mut refused = Vec::new();
        let kinds: BTreeMap<usize, usize> = tree
            .keys()
            .filter_map(|id| self.nodes.get(id))
            .filter_map(|n| Some((n.rank?, n.limit?)))
            .collect();
        // Strong kinds first: what goes with a refused identifier no longer counts for the weaker kinds.
        for (rank, limit) in kinds {
            let mut holders: Vec<i64> =
                tree.keys().copied().filter(|id| self.nodes[id].rank == Some(rank)).collect();
            holders.sort_by_key(|id| (*id != root, self.links.get(id).map(|link| link.since), *id));
            for id in holders.into_iter().skip(limit) {
                if tree.contains_key(&id) {
                    for (gone, _) in self.below(id) {
                        tree.remove(&gone);
                    }
                    self.refused.insert(id);
                    refused.push(id);
                }
            }
        }
        (tree.into_iter().collect(), refused)
    }

    /// The root and all that points to it, with the latest time on the way.
    fn below(&self, root: i64) -> Vec<(i64, Micros)> {
        let mut found = vec![(root, Micros::MIN)];
        let mut at = 0;
        while let Some((id, since)) = found.get(at).copied() {
            let children =
                self.children.get(&id).into_iter().flatten().filter(|child| !self.refused.contains(child));
            found.extend(children.map(|child| (*child, since.max(self.links[child].since))));
            at += 1;
        }
        found
    }
}

/// Applies merges in the order they were made. The stronger kind stands for both, or the one merged into.
fn join(nodes: &Nodes, groups: &mut Groups, merges: &[Merge]) {
    let mut merges: Vec<&Merge> = merges.iter().collect();
    merges.sort_by_key(|merge| (merge.at, merge.id));
    let mut person: BTreeMap<i64, i64> =
        groups.iter().flat_map(|(person, group)| group.iter().map(|(id, _)| (*id, *person))).collect();
    for merge in merges {
        let (Some(from), Some(into)) = (person.get(&merge.from), person.get(&merge.into)) else { continue };
        if from == into || (!merge.is_forced && exceeds(nodes, &groups[from], &groups[into])) {
            continue;
        }
        let strength = |id: &i64| Reverse(nodes[id].rank.unwrap_or(usize::MAX));
        let (winner, loser) = if strength(from) > strength(into) { (*from, *into) } else { (*into, *from) };
        let joined = groups.remove(&loser).unwrap_or_default();
        for (id, since) in joined {
            person.insert(id, winner);
            groups.entry(winner).or_default().push((id, since.max(merge.at)));
        }
    }
}

/// Whether the two together hold more of some kind than one person may, and each alone does not.
fn exceeds(nodes: &Nodes, one: &[(i64, Micros)], other: &[(i64, Micros)]) -> bool {
    let count = |group: &[(i64, Micros)]| {
        let mut counts: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        let limited = group.iter().filter_map(|(id, _)| Some((nodes[id].rank?, nodes[id].limit?)));
        limited.for_each(|kind| *counts.entry(kind).or_default() += 1);
        counts
    };
    let (one, other) = (count(one), count(other));
    one.iter().any(|(kind, n)| other.get(kind).is_some_and(|m| n + m > kind.1))
}
