//! Whether a graph's inputs and outputs have the sizes that the manifest says, found when the model is loaded.

use ort::value::Outlet;
use pg_journey_core::kernel::{Error, Result};

/// A dimension that the manifest fixes, or one that differs from run to run.
type Size = Option<usize>;

/// Checks one of `outlets`; dimensions that the graph leaves open fit anything.
pub fn check_sizes(outlets: &[Outlet], name: &str, sizes: &[Size]) -> Result<()> {
    let outlet = outlets.iter().find(|outlet| outlet.name() == name);
    match outlet.and_then(|outlet| outlet.dtype().tensor_shape()) {
        Some(declared) if !fits(declared, sizes) => Err(misfit(name, declared, sizes)),
        _ => Ok(()),
    }
}

fn fits(declared: &[i64], sizes: &[Size]) -> bool {
    let fits_one = |(declared, size): (&i64, &Size)| match size {
        Some(size) if *declared >= 0 => *declared == *size as i64,
        _ => true,
    };
    // A graph that does not even say how many dimensions there are has none here.
    declared.is_empty() || declared.len() == sizes.len() && declared.iter().zip(sizes).all(fits_one)
}

fn misfit(name: &str, declared: &[i64], sizes: &[Size]) -> Error {
    let shape = |sizes: &[Size]| {
        let sizes = sizes.iter().map(|size| size.map_or("?".into(), |size| size.to_string()));
        sizes.collect::<Vec<_>>().join(", ")
    };
    let declared: Vec<Size> = declared.iter().map(|size| usize::try_from(*size).ok()).collect();
    Error::invalid(format!(
        "the graph has \"{name}\" of [{}], and by the manifest it is of [{}]",
        shape(&declared),
        shape(sizes)
    ))
    .hint("Correct \"architecture\" and \"context_length\" in the manifest; journey_inspect_model() shows the graph's sizes.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_sizes_are_equal_and_open_ones_fit() {
        let sizes = [None, Some(3), None, Some(64)];
        for (declared, fit) in [
            (&[-1, 3, -1, 64][..], true),
            (&[1, -1, 512, 64], true),
            (&[-1, -1, -1, -1], true),
            (&[], true),
            (&[-1, 4, -1, 64], false),
            (&[-1, 3, -1, 32], false),
            (&[-1, 3, 64], false),
        ] {
            assert_eq!(fits(declared, &sizes), fit, "{declared:?}");
        }
        let message = misfit("past_k_0", &[-1, 4, -1, 64], &sizes).message;
        assert!(
            message.contains("\"past_k_0\" of [?, 4, ?, 64]") && message.contains("[?, 3, ?, 64]"),
            "{message}"
        );
    }
}
