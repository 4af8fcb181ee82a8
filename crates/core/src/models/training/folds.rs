//! Which rows a model is measured on that it has not seen.

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Places of the rows that one fit learns from, and of those it is measured on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fold {
    pub train: Vec<usize>,
    pub test: Vec<usize>,
}

/// `count` folds. At random, with the same share of each of the `classes` in all; or, with times, by order of time: each is
/// measured on rows later than those it learns from, and rows of one time stay together (so there may be fewer folds). Rows
/// that are all of one time are dealt at random.
pub fn folds(count: usize, classes: &[bool], times: Option<&[f64]>, seed: u64) -> Vec<Fold> {
    match times {
        Some(times) if times.iter().any(|time| *time != times[0]) => by_time(count, times),
        _ => at_random(count, classes, seed),
    }
}

fn at_random(count: usize, classes: &[bool], seed: u64) -> Vec<Fold> {
    let mut fold_of = vec![0; classes.len()];
    let mut next = 0;
    for class in [true, false] {
        let mut places: Vec<usize> = (0..classes.len()).filter(|row| classes[*row] == class).collect();
        places.sort_by_key(|row| xxh3_64_with_seed(&row.to_le_bytes(), seed));
        for place in places {
            fold_of[place] = next % count;
            next += 1;
        }
    }
    let rows =
        |wanted: &dyn Fn(usize) -> bool| (0..classes.len()).filter(|row| wanted(fold_of[*row])).collect();
    (0..count)
        .map(|fold| Fold { train: rows(&|other| other != fold), test: rows(&|other| other == fold) })
        .collect()
}

fn by_time(count: usize, times: &[f64]) -> Vec<Fold> {
    let mut order: Vec<usize> = (0..times.len()).collect();
    order.sort_by(|a, b| times[*a].total_cmp(&times[*b]));
    // The first block is only learned from.
    let begins = |block: usize| {
        order.partition_point(|row| times[*row] < times[order[block * order.len() / (count + 1)]])
    };
    let mut bounds: Vec<usize> = (0..=count).map(begins).chain([order.len()]).collect();
    bounds.dedup();
    if bounds.len() == 2 {
        // Nearly all rows are of the earliest time: what comes after them is one fold.
        bounds.insert(1, order.partition_point(|row| times[*row] <= times[order[0]]));
    }
    let blocks = bounds.windows(2).skip(1);
    blocks.map(|b| Fold { train: order[..b[0]].to_vec(), test: order[b[0]..b[1]].to_vec() }).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_row_is_measured_once_and_classes_are_shared_out(classes in proptest::collection::vec(any::<bool>(), 20..200), count in 2usize..8, seed: u64) {
            let made = folds(count, &classes, None, seed);
            let mut seen: Vec<usize> = made.iter().flat_map(|fold| fold.test.clone()).collect();
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..classes.len()).collect::<Vec<_>>());
            let of = |fold: &Fold| fold.test.iter().filter(|row| classes[**row]).count();
            let counts: Vec<usize> = made.iter().map(of).collect();
            prop_assert!(counts.iter().max().unwrap() - counts.iter().min().unwrap() <= 1);
            prop_assert!(made.iter().all(|fold| fold.train.len() + fold.test.len() == classes.len()));
            prop_assert_eq!(made, folds(count, &classes, None, seed));
        }

        #[test]
        fn with_times_nothing_is_learned_from_what_comes_later(times in proptest::collection::vec(0u8..50, 10..200), count in 2usize..8) {
            let times: Vec<f64> = times.into_iter().map(f64::from).collect();
            prop_assume!(times.iter().any(|time| *time != times[0]));
            for fold in folds(count, &vec![true; times.len()], Some(&times), 0) {
                let last = fold.train.iter().map(|row| times[*row]).fold(f64::MIN, f64::max);
                prop_assert!(fold.test.iter().all(|row| times[*row] > last));
                prop_assert!(!fold.train.is_empty() && !fold.test.is_empty());
            }
        }

        #[test]
        fn there_is_a_fold_whatever_the_times(times in proptest::collection::vec(0u8..3, 10..50), count in 2usize..8) {
            let times: Vec<f64> = times.into_iter().map(f64::from).collect();
            prop_assert!(!folds(count, &vec![true; times.len()], Some(&times), 0).is_empty());
        }
    }
}
