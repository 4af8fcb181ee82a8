//! Trees as the attributes of one TreeEnsembleRegressor (ai.onnx.ml, version 3).

use super::super::{Node as TreeNode, Trees};
use super::proto::{
    Attribute, FLOATS_ATTRIBUTE, INT_ATTRIBUTE, INTS_ATTRIBUTE, Node, STRING_ATTRIBUTE, STRINGS_ATTRIBUTE,
};
use super::{FEATURES, MARGIN, foreign};
use crate::kernel::Result;

/// The first child is that of a comparison that holds: value < threshold.
const SPLIT: &[u8] = b"BRANCH_LT";
const LEAF: &[u8] = b"LEAF";

pub fn node(fitted: &Trees) -> Node {
    let all = || {
        let trees = fitted.trees.iter().enumerate();
        trees.flat_map(|(tree, nodes)| nodes.iter().enumerate().map(move |(place, node)| (tree, place, node)))
    };
    let ints_of = |name: &str, of: &dyn Fn(usize, usize, &TreeNode) -> usize| {
        ints(name, all().map(|(tree, place, node)| of(tree, place, node) as i64).collect())
    };
    let leaves = || all().filter(|(.., node)| node.children.is_none());
    let modes = all().map(|(.., node)| if node.children.is_some() { SPLIT } else { LEAF }.to_vec());
    let attribute = vec![
        ints_of("nodes_treeids", &|tree, _, _| tree),
        ints_of("nodes_nodeids", &|_, place, _| place),
        ints_of("nodes_featureids", &|_, _, node| if node.children.is_some() { node.feature } else { 0 }),
        ints_of("nodes_truenodeids", &|_, _, node| node.children.map_or(0, |(left, _)| left)),
        ints_of("nodes_falsenodeids", &|_, _, node| node.children.map_or(0, |(_, right)| right)),
        ints_of("nodes_missing_value_tracks_true", &|_, _, node| usize::from(node.missing_left)),
        floats(
            "nodes_values",
            all().map(|(.., node)| if node.children.is_some() { node.threshold } else { 0.0 }).collect(),
        ),
        floats("nodes_hitrates", all().map(|(.., node)| node.cover).collect()),
        Attribute {
            name: "nodes_modes".into(),
            strings: modes.collect(),
            r#type: STRINGS_ATTRIBUTE,
            ..Attribute::default()
        },
        ints("target_treeids", leaves().map(|(tree, ..)| tree as i64).collect()),
        ints("target_nodeids", leaves().map(|(_, place, _)| place as i64).collect()),
        ints("target_ids", leaves().map(|_| 0).collect()),
        floats("target_weights", leaves().map(|(.., node)| node.value).collect()),
        floats("base_values", vec![fitted.base]),
        Attribute { name: "n_targets".into(), i: 1, r#type: INT_ATTRIBUTE, ..Attribute::default() },
        Attribute {
            name: "aggregate_function".into(),
            s: b"SUM".to_vec(),
            r#type: STRING_ATTRIBUTE,
            ..Attribute::default()
        },
        Attribute {
            name: "post_transform".into(),
            s: b"NONE".to_vec(),
            r#type: STRING_ATTRIBUTE,
            ..Attribute::default()
        },
    ];
    Node {
        input: vec![FEATURES.to_owned()],
        output: vec![MARGIN.to_owned()],
        name: "trees".to_owned(),
        op_type: "TreeEnsembleRegressor".to_owned(),
        domain: "ai.onnx.ml".to_owned(),
        attribute,
    }
}

fn ints(name: &str, ints: Vec<i64>) -> Attribute {
    Attribute { name: name.to_owned(), ints, r#type: INTS_ATTRIBUTE, ..Attribute::default() }
}

fn floats(name: &str, floats: Vec<f32>) -> Attribute {
    Attribute { name: name.to_owned(), floats, r#type: FLOATS_ATTRIBUTE, ..Attribute::default() }
}

/// Nodes stand tree by tree in order of their places, and children after their parents, as [`node`] writes them.
pub fn read(node: &Node, features: usize) -> Result<Trees> {
    let of = |name: &str| {
        let found = node.attribute.iter().find(|attribute| attribute.name == name);
        found.ok_or_else(|| foreign(&format!("its trees lack {name}")))
    };
    let (tree_ids, covers) = (&of("nodes_treeids")?.ints, &of("nodes_hitrates")?.floats);
    let (lefts, rights) = (&of("nodes_truenodeids")?.ints, &of("nodes_falsenodeids")?.ints);
    let (split_on, thresholds) = (&of("nodes_featureids")?.ints, &of("nodes_values")?.floats);
    let (missing, modes) = (&of("nodes_missing_value_tracks_true")?.ints, &of("nodes_modes")?.strings);
    let values = &of("target_weights")?.floats;
    let count = tree_ids.len();
    let lengths = [
        covers.len(),
        lefts.len(),
        rights.len(),
        split_on.len(),
        thresholds.len(),
        missing.len(),
        modes.len(),
    ];
    if lengths.iter().any(|length| *length != count) {
        return Err(foreign("its trees have nodes that are not whole"));
    }
    let mut trees: Vec<Vec<TreeNode>> = Vec::new();
    let mut values = values.iter();
    for at in 0..count {
        if at == 0 || tree_ids[at] != tree_ids[at - 1] {
            trees.push(Vec::new());
        }
        let is_leaf = modes[at] == LEAF;
        let value = if is_leaf { values.next().copied() } else { Some(0.0) };
        let read = TreeNode {
            children: (!is_leaf).then_some((lefts[at] as usize, rights[at] as usize)),
            feature: split_on[at] as usize,
            threshold: thresholds[at],
            missing_left: missing[at] != 0,
            value: value.ok_or_else(|| foreign("its trees have leaves without a value"))?,
            cover: covers[at],
        };
        trees.last_mut().into_iter().for_each(|tree| tree.push(read));
    }
    if !trees.iter().all(|tree| is_sound(tree, features)) {
        return Err(foreign("its trees are not in order"));
    }
    Ok(Trees { features, base: of("base_values")?.floats.first().copied().unwrap_or_default(), trees })
}

/// The paths of reasons are as long as the tree is tall.
const TALLEST: usize = 256;

/// Every node can be reached from one before it and none twice, so a walk ends; trees are not so tall that a walk overflows.
fn is_sound(tree: &[TreeNode], features: usize) -> bool {
    let mut depths = vec![None; tree.len()];
    depths[0] = Some(0);
    for (place, node) in tree.iter().enumerate() {
        let Some(depth) = depths[place] else { return false };
        if node.feature >= features || depth > TALLEST {
            return false;
        }
        if let Some((left, right)) = node.children {
            for child in [left, right] {
                if child <= place || child >= tree.len() || depths[child].is_some() {
                    return false;
                }
                depths[child] = Some(depth + 1);
            }
        }
    }
    true
}
