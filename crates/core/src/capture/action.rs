//! The events that mean something to a profile, by their names in Segment's spec.

/// What an event does. Names outside the spec are [`Action::Other`]: kept, counted as seen, and free in their properties.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    OrderCompleted,
    OrderUpdated,
    OrderCancelled,
    OrderRefunded,
    CouponRedeemed,
    ProductViewed,
    EmailDelivered,
    EmailOpened,
    EmailLinkClicked,
    Unsubscribed,
    /// Other e-commerce events of the spec: their amounts are checked, too.
    Commerce,
    Other,
}

/// Segment's 28 e-commerce events (version 2), then those of e-mail and coupons that are understood besides.
const KNOWN: &[(&str, Action)] = &[
    ("Products Searched", Action::Commerce),
    ("Product List Viewed", Action::Commerce),
    ("Product List Filtered", Action::Commerce),
    ("Promotion Viewed", Action::Commerce),
    ("Promotion Clicked", Action::Commerce),
    ("Product Clicked", Action::Commerce),
    ("Product Viewed", Action::ProductViewed),
    ("Product Added", Action::Commerce),
    ("Product Removed", Action::Commerce),
    ("Cart Viewed", Action::Commerce),
    ("Checkout Started", Action::Commerce),
    ("Checkout Step Viewed", Action::Commerce),
    ("Checkout Step Completed", Action::Commerce),
    ("Payment Info Entered", Action::Commerce),
    ("Order Completed", Action::OrderCompleted),
    ("Order Updated", Action::OrderUpdated),
    ("Order Refunded", Action::OrderRefunded),
    ("Order Cancelled", Action::OrderCancelled),
    ("Coupon Entered", Action::Commerce),
    ("Coupon Applied", Action::Commerce),
    ("Coupon Denied", Action::Commerce),
    ("Coupon Removed", Action::Commerce),
    ("Product Added to Wishlist", Action::Commerce),
    ("Product Removed from Wishlist", Action::Commerce),
    ("Wishlist Product Added to Cart", Action::Commerce),
    ("Product Shared", Action::Commerce),
    ("Cart Shared", Action::Commerce),
    ("Product Reviewed", Action::Commerce),
    ("Coupon Redeemed", Action::CouponRedeemed),
    ("Email Delivered", Action::EmailDelivered),
    ("Email Opened", Action::EmailOpened),
    ("Email Link Clicked", Action::EmailLinkClicked),
    ("Unsubscribed", Action::Unsubscribed),
    ("Email Unsubscribed", Action::Unsubscribed),
];

impl Action {
    /// The spec's spelling of a name and its meaning; upper case, lower case and underscores are all the same.
    pub fn of(name: &str) -> (Option<&'static str>, Action) {
        let known = KNOWN
            .iter()
            .find(|(spec, _)| *spec == name)
            .or_else(|| KNOWN.iter().find(|(spec, _)| alike(spec, name)));
        known.map_or((None, Action::Other), |(spec, action)| (Some(*spec), *action))
    }

    /// Whether the properties hold amounts, products and a currency.
    pub fn is_commerce(self) -> bool {
        !matches!(
            self,
            Action::Other
                | Action::EmailDelivered
                | Action::EmailOpened
                | Action::EmailLinkClicked
                | Action::Unsubscribed
        )
    }

    /// Whether the customer did it; a delivered e-mail shows nothing about the channel she prefers.
    pub fn is_engagement(self) -> bool {
        !matches!(self, Action::EmailDelivered | Action::Unsubscribed)
    }
}

fn alike(spec: &str, name: &str) -> bool {
    spec.len() == name.len()
        && spec
            .bytes()
            .zip(name.bytes())
            .all(|(s, n)| s.eq_ignore_ascii_case(&if n == b'_' || n == b'-' { b' ' } else { n }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_does_not_matter() {
        for name in ["Order Completed", "order completed", "order_completed", "ORDER-COMPLETED"] {
            assert_eq!(Action::of(name), (Some("Order Completed"), Action::OrderCompleted));
        }
        assert_eq!(Action::of("Orders Completed"), (None, Action::Other));
    }
}
