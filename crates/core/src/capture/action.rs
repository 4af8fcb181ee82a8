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
    ProductAdded,
    ProductRemoved,
    CartViewed,
    CheckoutStarted,
    ProductReviewed,
    EmailDelivered,
    EmailOpened,
    EmailLinkClicked,
    EmailBounced,
    EmailMarkedAsSpam,
    Unsubscribed,
    TicketOpened,
    TicketUpdated,
    TicketSolved,
    StoreVisited,
    LoyaltyEnrolled,
    PointsEarned,
    PointsRedeemed,
    TierChanged,
    /// Other e-commerce events of the spec: their amounts are checked, too.
    Commerce,
    Other,
}

/// Segment's 28 e-commerce events (version 2) and its e-mail events, then coupons, support, stores and loyalty.
const KNOWN: &[(&str, Action)] = &[
    ("Products Searched", Action::Commerce),
    ("Product List Viewed", Action::Commerce),
    ("Product List Filtered", Action::Commerce),
    ("Promotion Viewed", Action::Commerce),
    ("Promotion Clicked", Action::Commerce),
    ("Product Clicked", Action::Commerce),
    ("Product Viewed", Action::ProductViewed),
    ("Product Added", Action::ProductAdded),
    ("Product Removed", Action::ProductRemoved),
    ("Cart Viewed", Action::CartViewed),
    ("Checkout Started", Action::CheckoutStarted),
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
    ("Wishlist Product Added to Cart", Action::ProductAdded),
    ("Product Shared", Action::Commerce),
    ("Cart Shared", Action::Commerce),
    ("Product Reviewed", Action::ProductReviewed),
    ("Email Delivered", Action::EmailDelivered),
    ("Email Opened", Action::EmailOpened),
    ("Email Link Clicked", Action::EmailLinkClicked),
    ("Email Bounced", Action::EmailBounced),
    ("Email Marked as Spam", Action::EmailMarkedAsSpam),
    ("Unsubscribed", Action::Unsubscribed),
    ("Email Unsubscribed", Action::Unsubscribed),
    ("Coupon Redeemed", Action::CouponRedeemed),
    ("Support Ticket Opened", Action::TicketOpened),
    ("Support Ticket Updated", Action::TicketUpdated),
    ("Support Ticket Solved", Action::TicketSolved),
    ("Store Visited", Action::StoreVisited),
    ("Loyalty Program Enrolled", Action::LoyaltyEnrolled),
    ("Loyalty Points Earned", Action::PointsEarned),
    ("Loyalty Points Redeemed", Action::PointsRedeemed),
    ("Loyalty Tier Changed", Action::TierChanged),
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
        matches!(
            self,
            Action::OrderCompleted
                | Action::OrderUpdated
                | Action::OrderCancelled
                | Action::OrderRefunded
                | Action::CouponRedeemed
                | Action::ProductViewed
                | Action::ProductAdded
                | Action::ProductRemoved
                | Action::CartViewed
                | Action::CheckoutStarted
                | Action::ProductReviewed
                | Action::Commerce
        )
    }

    /// Whether the customer did it and meant it; a delivered e-mail shows nothing about the channel she prefers, nor does
    /// the end of a subscription, the shop's answer to her ticket or its bookkeeping of her points.
    pub fn is_engagement(self) -> bool {
        !matches!(
            self,
            Action::EmailDelivered
                | Action::EmailBounced
                | Action::EmailMarkedAsSpam
                | Action::Unsubscribed
                | Action::TicketUpdated
                | Action::TicketSolved
                | Action::PointsEarned
                | Action::TierChanged
        )
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

    #[test]
    fn every_event_of_the_vocabulary_is_known_once() {
        for (place, (name, action)) in KNOWN.iter().enumerate() {
            assert_eq!(Action::of(&name.to_lowercase().replace(' ', "_")), (Some(*name), *action));
            assert!(!KNOWN[..place].iter().any(|(earlier, _)| alike(earlier, name)), "{name} twice");
        }
        let commerce = KNOWN.iter().filter(|(_, action)| action.is_commerce());
        assert_eq!(commerce.count(), 28 + 1, "Segment's 28 and Coupon Redeemed");
        for email in ["Email Delivered", "Email Bounced", "Email Marked as Spam", "Unsubscribed"] {
            assert!(!Action::of(email).1.is_engagement(), "{email}");
        }
    }
}
