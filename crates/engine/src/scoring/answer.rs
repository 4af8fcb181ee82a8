//! The score in what a graph answers: a value a row, the column of a class, or a map from classes to probabilities a row.

use ort::value::{DynValue, MapValueType, TensorElementType, ValueType};

/// A number for each of `rows`; why there is none otherwise.
pub fn read(output: &DynValue, rows: usize, class: Option<&str>) -> Result<Vec<f32>, String> {
    match output.dtype() {
        ValueType::Tensor { ty, .. } => tensor(output, *ty, rows, class),
        ValueType::Sequence(inner) => match **inner {
            ValueType::Map { key: TensorElementType::String, .. } => texts(output, rows, class),
            ValueType::Map { .. } => numbers(output, rows, class),
            _ => Err(format!("its answer is {}", output.dtype())),
        },
        other => Err(format!("its answer is {other}")),
    }
}

fn tensor(
    output: &DynValue,
    kind: TensorElementType,
    rows: usize,
    class: Option<&str>,
) -> Result<Vec<f32>, String> {
    macro_rules! extract {
        ($type:ty, $number:expr) => {{
            let (shape, values) = output.try_extract_tensor::<$type>().map_err(|e| e.to_string())?;
            let width = width(shape, rows)?;
            let column = column(width, class)?;
            Ok(values.iter().skip(column).step_by(width).map($number).collect())
        }};
    }
    match kind {
        TensorElementType::Float32 => extract!(f32, |v| *v),
        TensorElementType::Float64 => extract!(f64, |v| *v as f32),
        TensorElementType::Int64 => extract!(i64, |v| *v as f32),
        TensorElementType::Int32 => extract!(i32, |v| *v as f32),
        TensorElementType::Bool => extract!(bool, |v| f32::from(u8::from(*v))),
        other => Err(format!("its answer is of type {other}")),
    }
}

/// Numbers a row: of [N], [N, 1] or [N, classes].
fn width(shape: &[i64], rows: usize) -> Result<usize, String> {
    match *shape {
        [n] if n as usize == rows => Ok(1),
        [n, width] if n as usize == rows && width > 0 => Ok(width as usize),
        _ => Err(format!("its answer to {rows} rows has shape {shape:?}")),
    }
}

fn column(width: usize, class: Option<&str>) -> Result<usize, String> {
    match (width, class.map(str::parse::<usize>)) {
        (1, None | Some(Ok(0 | 1))) => Ok(0),
        (2, None) => Ok(1),
        (_, Some(Ok(column))) if column < width => Ok(column),
        (_, Some(_)) => Err(format!(
            "it answers {width} columns, numbered from 0, and class is \"{}\"",
            class.unwrap_or_default()
        )),
        (_, None) => Err(format!("it answers {width} classes and the signature names none")),
    }
}

/// The key to look for: the class that was named, or the greater of two.
fn key<K: Ord + Clone + std::fmt::Debug>(known: &[(K, f32)], class: Option<K>) -> Result<K, String> {
    let mut keys = known.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>();
    keys.sort();
    match class {
        Some(class) if keys.contains(&class) => Ok(class),
        None if keys.len() <= 2 => keys.pop().ok_or_else(|| "it answers no class".to_owned()),
        _ => Err(format!("its classes are {keys:?}, and the signature names none of them")),
    }
}

macro_rules! maps {
    ($name:ident, $key:ty, $class:expr) => {
        fn $name(output: &DynValue, rows: usize, class: Option<&str>) -> Result<Vec<f32>, String> {
            let maps = output.try_extract_sequence::<MapValueType<$key, f32>>().map_err(|e| e.to_string())?;
            let mut wanted = None;
            let scores = maps.iter().map(|map| {
                let known = map.try_extract_key_values::<$key, f32>().map_err(|e| e.to_string())?;
                if wanted.is_none() {
                    wanted = Some(key(&known, class.map($class).transpose()?)?);
                }
                let found = known.iter().find(|(key, _)| Some(key) == wanted.as_ref());
                Ok(found.map_or(f32::NAN, |(_, score)| *score))
            });
            let scores = scores.collect::<Result<Vec<f32>, String>>()?;
            if scores.len() == rows {
                Ok(scores)
            } else {
                Err(format!("it answers {} rows of {rows}", scores.len()))
            }
        }
    };
}

maps!(numbers, i64, |class: &str| class
    .parse::<i64>()
    .map_err(|_| format!("its classes are numbers and class is \"{class}\"")));
maps!(texts, String, |class: &str| Ok::<_, String>(class.to_owned()));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_column_is_the_named_class_or_the_second_of_two() {
        assert_eq!(column(1, None), Ok(0));
        assert_eq!(column(2, None), Ok(1));
        assert_eq!(column(2, Some("0")), Ok(0));
        assert_eq!(column(5, Some("4")), Ok(4));
        assert!(column(5, None).is_err() && column(5, Some("5")).is_err() && column(2, Some("yes")).is_err());
    }

    #[test]
    fn the_key_is_the_named_class_or_the_greater_of_two() {
        let two = [(7i64, 0.2f32), (-1, 0.8)];
        assert_eq!((key(&two, None), key(&two, Some(-1))), (Ok(7), Ok(-1)));
        assert!(key(&two, Some(3)).is_err());
        let three = ["a", "b", "c"].map(|class| (class.to_owned(), 0.1f32));
        assert_eq!(key(&three, Some("b".to_owned())), Ok("b".to_owned()));
        assert!(key(&three, None).is_err());
    }

    #[test]
    fn rows_come_back_one_for_one() {
        assert_eq!((width(&[3], 3), width(&[3, 2], 3)), (Ok(1), Ok(2)));
        for shape in [&[2][..], &[3, 0], &[1, 3], &[3, 1, 1], &[]] {
            assert!(width(shape, 3).is_err(), "{shape:?}");
        }
    }
}
