use super::*;

fn text(bytes: &[u8]) -> String {
    let mut out = String::new();
    Value::of(bytes).unwrap().write(&mut out).unwrap();
    out
}

#[test]
fn what_was_encoded_is_read_back() {
    let many: Vec<String> = (0..100).map(|i| format!("\"k{i:03}\":[{i},\"{i}\",{{\"a\":-{i}.5}}]")).collect();
    let many = format!("{{{}}}", many.join(","));
    for json in
        ["null", "true", "7", "\"a\\\"b\"", "[]", "{}", "[1,[2,[3.25,-0.001]],{\"a\":\"\\u0001\"}]", &many]
    {
        assert_eq!(text(&encode::jsonb(json)), *json);
    }
}

#[test]
fn numbers_are_printed_as_postgres_prints_them() {
    // Long form, as in the tests' encoder
    for number in
        ["0", "0.00", "1", "-12", "9999", "10000", "123456789", "0.0001", "0.00001", "-1234567.891", "1.50"]
    {
        let mut out = String::new();
        write_number(&encode::numeric(number), &mut out).unwrap();
        assert_eq!(out, number);
    }
    // Short form: 12.5 is weight 0, scale 1, digits 12 and 5000; -0.00012 begins at weight -1; 10⁸ keeps one digit.
    let short = |header: u16, digits: &[u16]| {
        let mut bytes = vec![0; WORD];
        bytes.extend_from_slice(&header.to_ne_bytes());
        digits.iter().for_each(|d| bytes.extend_from_slice(&d.to_ne_bytes()));
        let mut out = String::new();
        write_number(&bytes, &mut out).unwrap();
        out
    };
    assert_eq!(short(0x8000 | 1 << 7, &[12, 5000]), "12.5");
    assert_eq!(short(0xA000 | 5 << 7 | 0x7F, &[1, 2000]), "-0.00012");
    assert_eq!(short(0x8000 | 5 << 7 | 0x7E, &[2000]), "0.00002");
    assert_eq!(short(0x8000 | 2, &[1]), "100000000");
    assert_eq!(short(0x8000, &[]), "0");
}

#[test]
fn a_member_is_found_by_its_name() {
    let many: Vec<String> = (0..100).map(|i| format!("\"k{i}\":[{i}]")).collect();
    let object = encode::jsonb(&format!("{{\"\":true,{}}}", many.join(",")));
    let Value::Object(object) = Value::of(&object).unwrap() else { panic!() };
    for (name, value) in object.members().unwrap().map(Result::unwrap) {
        assert_eq!(object.member(name).unwrap(), Some(value));
    }
    assert_eq!(object.member("k").unwrap(), None);
}

#[test]
fn depth_is_bounded() {
    let nested = |levels: usize| encode::jsonb(&format!("{}{}", "[".repeat(levels), "]".repeat(levels)));
    assert!(Value::of(&nested(64)).unwrap().is_within(64).unwrap());
    assert!(!Value::of(&nested(65)).unwrap().is_within(64).unwrap());
}

#[test]
fn bytes_that_are_no_jsonb_are_an_error() {
    let good = encode::jsonb("{\"a\":[1,\"b\"],\"c\":null}");
    for length in 0..good.len() {
        let mut out = String::new();
        let _ = Value::of(&good[..length]).and_then(|value| value.write(&mut out));
        let _ = Value::of(&vec![0xFF; length]).and_then(|value| value.write(&mut out));
    }
}
