use serde_json::json;

use super::*;

fn request(customer: serde_json::Value, category: Option<&str>) -> Request {
    let product = |id: &str,
                   brand: &str,
                   category: &str,
                   price: u32,
                   old: Option<u32>,
                   popularity: u32,
                   rating: f64,
                   reviews: u32| {
        json!({"product_id": id, "name": format!("Lamp {id}"), "brand": brand, "category": category, "price": price.to_string(),
               "compare_at_price": old.map(|o| o.to_string()), "currency": "USD", "popularity": popularity,
               "rating": rating.to_string(), "reviews": reviews})
    };
    let products = json!([
        product("a", "Willow", "Desk", 39, Some(49), 3, 4.6, 12),
        product("b", "Willow", "Floor", 90, None, 1, 4.9, 2),
        product("c", "Halden", "Desk", 20, Some(80), 4, 3.1, 40),
        product("d", "Halden", "Floor", 55, None, 2, 4.2, 9),
        product("e", "Oak", "Desk", 25, None, 5, 4.0, 3),
        product("f", "Oak", "Desk", 26, None, 6, 0.0, 0),
    ]);
    serde_json::from_value(json!({
        "page": "home", "title": "Home", "category": category, "customer": customer, "products": products,
        "blocks": [
            {"block": "hero", "kind": "banner"},
            {"block": "grid", "heading": "Popular", "personal_heading": "For you", "max": 4},
            {"block": "offer", "heading": "Reduced", "max": 2},
            {"block": "copy", "kind": "message"},
            {"block": "proof", "heading": "What buyers say", "max": 3}]
    }))
    .unwrap()
}

fn ids(layout: &Layout, part: Part) -> Vec<&str> {
    let block = layout.blocks.iter().find(|block| block.block == part);
    block.into_iter().flat_map(|block| &block.items).map(|item| item.product_id.as_str()).collect()
}

fn parts(layout: &Layout) -> Vec<Part> {
    layout.blocks.iter().map(|block| block.block).collect()
}

#[test]
fn favourites_come_first_and_the_cart_before_them() {
    let customer = json!({"orders": 3, "favourite_categories": ["Floor"], "favourite_brands": ["Halden"]});
    let layout = lay_out(&request(customer.clone(), None));
    assert_eq!(ids(&layout, Part::Hero), ["d"]);
    assert_eq!(
        layout.blocks[0].items[0].reasons,
        ["favourite category Floor", "favourite brand Halden", "number 2 of what is bought most"]
    );
    let mut with_cart = customer;
    with_cart["cart"] = json!(["e"]);
    with_cart["favourite_categories"] = json!(["Floor", "Desk"]);
    let layout = lay_out(&request(with_cart, None));
    assert_eq!(ids(&layout, Part::Hero), ["e"]);
    assert_eq!(layout.blocks[1].heading.as_deref(), Some("For you"));
}

#[test]
fn offers_come_early_for_whom_prices_decide_and_late_for_others() {
    let keen = lay_out(&request(json!({"orders": 3, "price_sensitivity": 0.8}), None));
    assert_eq!(parts(&keen)[..2], [Part::Hero, Part::Offer]);
    assert_eq!(ids(&keen, Part::Hero), ["c"], "reduced most");
    assert_eq!(keen.blocks[1].reasons, ["early: prices decide (0.80)"]);
    let mut calm = request(json!({"orders": 3, "price_sensitivity": 0.1}), None);
    calm.blocks[1].max = Some(2);
    let calm = lay_out(&calm);
    assert_eq!(parts(&calm).last(), Some(&Part::Offer));
    assert_eq!(calm.blocks.last().unwrap().reasons, ["late: prices hardly matter (0.10)"]);
}

#[test]
fn an_unknown_customer_sees_what_many_buy_and_nothing_personal() {
    let layout = lay_out(&request(json!(null), None));
    assert!(!layout.is_personal);
    assert_eq!(ids(&layout, Part::Hero), ["b"]);
    assert_eq!(layout.blocks[1].heading.as_deref(), Some("Popular"));
    let reasons = layout
        .blocks
        .iter()
        .flat_map(|b| b.items.iter().flat_map(|i| &i.reasons))
        .all(|r| r.starts_with("number "));
    assert!(reasons);
}

#[test]
fn a_product_is_shown_once_and_no_category_fills_the_window() {
    let layout = lay_out(&request(json!({"orders": 1, "favourite_categories": ["Desk"]}), None));
    let mut all: Vec<_> =
        [Part::Hero, Part::Grid, Part::Offer].iter().flat_map(|part| ids(&layout, *part)).collect();
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), count);
    let grid = layout.blocks.iter().find(|b| b.block == Part::Grid).unwrap();
    assert_eq!(grid.items.iter().filter(|i| i.category.as_deref() == Some("Desk")).count(), 2);
}

#[test]
fn a_page_of_a_category_has_nothing_else() {
    let layout = lay_out(&request(json!(null), Some("Floor")));
    let all: Vec<_> = layout.blocks.iter().flat_map(|b| &b.items).map(|i| i.category.as_deref()).collect();
    assert!(!all.is_empty() && all.iter().all(|c| *c == Some("Floor")));
    assert!(!parts(&layout).contains(&Part::Offer), "nothing is reduced there");
}

#[test]
fn proof_is_what_enough_buyers_rated_well() {
    let layout = lay_out(&request(json!(null), None));
    // b has two reviews, c is rated badly, e is not on the page
    let mut praised = ids(&layout, Part::Proof);
    praised.sort_unstable();
    assert_eq!(praised, ["a", "d"]);
}

#[test]
fn a_shop_without_products_has_its_texts_only() {
    let mut request = request(json!(null), None);
    request.products.clear();
    let layout = lay_out(&request);
    assert_eq!(parts(&layout), [Part::Copy]);
    assert_eq!(layout.blocks[0].product_id, None);
}
