//! Sums of decision trees, and what each feature adds to them (TreeSHAP).

/// A node of a tree; its first node is the root, children come after their parents.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Node {
    /// Places of the children in the tree, left where the feature is less than the threshold; None of a leaf.
    pub children: Option<(usize, usize)>,
    pub feature: usize,
    pub threshold: f32,
    /// Where a value goes that is not known.
    pub missing_left: bool,
    /// What a leaf adds.
    pub value: f32,
    /// The weight of the training rows that came by.
    pub cover: f32,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Trees {
    pub features: usize,
    pub base: f32,
    pub trees: Vec<Vec<Node>>,
}

impl Node {
    fn goes_left(&self, row: &[f32]) -> bool {
        let value = row[self.feature];
        if value.is_nan() { self.missing_left } else { value < self.threshold }
    }
}

impl Trees {
    /// Comparisons are of single floats, as ONNX Runtime makes them.
    pub fn margin(&self, row: &[f32]) -> f64 {
        f64::from(self.base) + self.trees.iter().map(|tree| f64::from(leaf(tree, row))).sum::<f64>()
    }

    /// The mean margin of the training rows, and the Shapley value of each feature, by paths (Lundberg, Erion and Lee 2018,
    /// algorithm 2). They sum to [`Trees::margin`].
    pub fn contributions(&self, row: &[f32]) -> (f64, Vec<f64>) {
        let mut parts = vec![0.0; self.features];
        let mut base = f64::from(self.base);
        for tree in &self.trees {
            base += mean(tree, 0);
            descend(
                tree,
                row,
                0,
                &Vec::new(),
                Step { zero: 1.0, one: 1.0, feature: None, weight: 0.0 },
                &mut parts,
            );
        }
        (base, parts)
    }
}

fn leaf(tree: &[Node], row: &[f32]) -> f32 {
    let mut place = 0;
    while let Some((left, right)) = tree[place].children {
        place = if tree[place].goes_left(row) { left } else { right };
    }
    tree[place].value
}

/// Of a subtree, by cover.
fn mean(tree: &[Node], place: usize) -> f64 {
    match tree[place].children {
        None => f64::from(tree[place].value),
        Some((left, right)) => {
            let (l, r) = shares(tree, left, right);
            l * mean(tree, left) + r * mean(tree, right)
        }
    }
}

fn shares(tree: &[Node], left: usize, right: usize) -> (f64, f64) {
    let (left, right) = (f64::from(tree[left].cover), f64::from(tree[right].cover));
    let sum = left + right;
    if sum > 0.0 { (left / sum, right / sum) } else { (0.5, 0.5) }
}

/// A split on the way to a node: the shares of the ways on which its feature is not, and is, known; and the weight of sets of this size.
#[derive(Clone, Copy)]
struct Step {
    feature: Option<usize>,
    zero: f64,
    one: f64,
    weight: f64,
}

fn descend(tree: &[Node], row: &[f32], place: usize, above: &[Step], step: Step, parts: &mut [f64]) {
    let mut path = extend(above, step);
    let node = &tree[place];
    let Some((left, right)) = node.children else {
        for at in 1..path.len() {
            let weight: f64 = unwind(&path, at).iter().map(|step| step.weight).sum();
            if let Some(feature) = path[at].feature {
                parts[feature] += weight * (path[at].one - path[at].zero) * f64::from(node.value);
            }
        }
        return;
    };
    let (left_share, right_share) = shares(tree, left, right);
    let is_left = node.goes_left(row);
    let (mut zero, mut one) = (1.0, 1.0);
    // A feature that was met before takes one place on the path.
    if let Some(before) = path.iter().position(|step| step.feature == Some(node.feature)) {
        (zero, one) = (path[before].zero, path[before].one);
        path = unwind(&path, before);
    }
    for (child, share, is_taken) in [(left, left_share, is_left), (right, right_share, !is_left)] {
        let step = Step {
            feature: Some(node.feature),
            zero: zero * share,
            one: if is_taken { one } else { 0.0 },
            weight: 0.0,
        };
        descend(tree, row, child, &path, step, parts);
    }
}

fn extend(path: &[Step], step: Step) -> Vec<Step> {
    let length = path.len();
    let mut longer = path.to_vec();
    longer.push(Step { weight: if length == 0 { 1.0 } else { 0.0 }, ..step });
    for at in (0..length).rev() {
        let weight = longer[at].weight;
        longer[at + 1].weight += step.one * weight * (at + 1) as f64 / (length + 1) as f64;
        longer[at].weight = step.zero * weight * (length - at) as f64 / (length + 1) as f64;
    }
    longer
}

/// Undoes the extension by the step at a place.
fn unwind(path: &[Step], place: usize) -> Vec<Step> {
    let last = path.len() - 1;
    let Step { zero, one, .. } = path[place];
    let mut shorter = path[..last].to_vec();
    let mut next = path[last].weight;
    for at in (0..last).rev() {
        let size = (last + 1) as f64;
        if one != 0.0 {
            let weight = path[at].weight;
            shorter[at].weight = next * size / ((at + 1) as f64 * one);
            next = weight - shorter[at].weight * zero * (last - at) as f64 / size;
        } else {
            shorter[at].weight = path[at].weight * size / (zero * (last - at) as f64);
        }
    }
    for at in place..last {
        let weight = shorter[at].weight;
        shorter[at] = Step { weight, ..path[at + 1] };
    }
    shorter
}

#[cfg(test)]
pub mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A tree as tall as `codes` reach, of nodes that are split where the number is even.
    pub fn tree(codes: &[u8], features: usize) -> Vec<Node> {
        let mut nodes = vec![];
        grow(codes, 0, features, 0, &mut nodes);
        nodes
    }

    fn grow(codes: &[u8], at: usize, features: usize, depth: usize, nodes: &mut Vec<Node>) -> usize {
        let place = nodes.len();
        let code = codes.get(at).copied().unwrap_or(1);
        nodes.push(Node {
            children: None,
            feature: usize::from(code / 2) % features,
            threshold: f32::from(code % 7) - 3.0,
            missing_left: code % 3 == 0,
            value: f32::from(code) / 40.0 - 3.0,
            cover: 1.0,
        });
        if code % 4 != 1 && depth < 6 {
            let left = grow(codes, 2 * at + 1, features, depth + 1, nodes);
            let right = grow(codes, 2 * at + 2, features, depth + 1, nodes);
            nodes[place].children = Some((left, right));
            nodes[place].cover = nodes[left].cover + nodes[right].cover;
            nodes[place].value = 0.0;
        } else {
            let (value, missing_left) = (nodes[place].value, nodes[place].missing_left);
            let cover = 1.0 + f32::from(code % 5);
            nodes[place] = Node { children: None, feature: 0, threshold: 0.0, missing_left, value, cover };
        }
        place
    }

    /// What is expected where only the features of a set are known: the game that Shapley's values share out.
    fn known(tree: &[Node], row: &[f32], set: usize, place: usize) -> f64 {
        let node = &tree[place];
        let Some((left, right)) = node.children else { return f64::from(node.value) };
        if set & (1 << node.feature) != 0 {
            return known(tree, row, set, if node.goes_left(row) { left } else { right });
        }
        let (l, r) = shares(tree, left, right);
        l * known(tree, row, set, left) + r * known(tree, row, set, right)
    }

    fn factorial(n: usize) -> f64 {
        (1..=n).map(|n| n as f64).product()
    }

    proptest! {
        #[test]
        fn contributions_are_shapleys_values(codes in proptest::collection::vec(any::<u8>(), 1..60), row in proptest::collection::vec(prop_oneof![-4.0f32..4.0, Just(f32::NAN)], 4)) {
            let tree = tree(&codes, 4);
            let trees = Trees { features: 4, base: 0.5, trees: vec![tree.clone(), tree.clone()] };
            let (base, parts) = trees.contributions(&row);
            prop_assert!((base + parts.iter().sum::<f64>() - trees.margin(&row)).abs() < 1e-9);
            for (feature, part) in parts.iter().enumerate() {
                let exact: f64 = (0..16usize).filter(|set| set & (1 << feature) == 0).map(|set| {
                    let size = set.count_ones() as usize;
                    let weight = factorial(size) * factorial(3 - size) / factorial(4);
                    weight * (known(&tree, &row, set | 1 << feature, 0) - known(&tree, &row, set, 0))
                }).sum();
                prop_assert!((part - 2.0 * exact).abs() < 1e-9, "{} for {}", part, 2.0 * exact);
            }
        }
    }
}
