//! Words and phrases that claim something, and the fact that licenses each.

use super::facts::{Facts, Relation, Role};
use super::given::{Reason, Resolution, Topic};
use super::theme::Theme;

/// What must be known before a text may say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum License {
    /// No fact known to this stage.
    Never,
    /// The price was higher before.
    Saving,
    /// A price.
    Price,
    /// The customer bought the product before.
    Again,
    /// The same, or a customer who comes back.
    Repeat,
    /// The customer buys the product or its category.
    Favourite,
    /// It is something to eat or drink, or there is no product.
    Food,
    /// Many customers buy it.
    Popular,
    /// The customer has ordered.
    Known,
    /// The customer has not ordered for long.
    Away,
    /// The customer is new.
    New,
    /// How many are left.
    Stock,
    /// When it ships.
    Ships,
    /// An offer for being loyal, for a birthday.
    Loyalty,
    Birthday,
    /// The customer wrote to the shop, about one of these.
    Ticket,
    Late,
    Damaged,
    WrongItem,
    Fit,
    Billing,
    /// What the shop did about it.
    Refund,
    Replacement,
    Exchange,
    /// Another product in place of this one.
    Alternative,
    Bundle,
    Event,
    /// What it is made of and the like is known.
    Attribute,
    /// The product came to the shop lately.
    Fresh,
}

/// Lower case; words of a phrase are separated by one space. One line a licence and topic.
const CLAIMS: &[(License, &str)] = &[
    // Gifts and promises
    (
        License::Never,
        "free|for nothing|no cost|on us|on the house|gift|gifts|bonus|prize|prizes|win|winner|winners|giveaway|guarantee|guarantees|guaranteed|warranty|promise|promises|promised|points|cashback|coupon|coupons|voucher|vouchers|promo|promotion|code",
    ),
    // Scarcity and haste
    (
        License::Never,
        "limited|exclusive|exclusively|hurry|last chance|running out|run out|running low|running on low|selling fast|sold out|while supplies last|while stocks last|in store|in the store now|on the way|on its way|on their way|back in stock|out of stock|ends soon|expires|before it's gone|before they're gone|don't miss|don't wait|act fast|today|tomorrow|deadline|this week only|right now|urgent|quickly",
    ),
    // Delivery
    (
        License::Never,
        "delivery|deliver|delivers|delivered|doorstep|to your door|your door|overnight|click|online|pick up in store|curbside",
    ),
    // Rank
    (
        License::Never,
        "best|bestselling|best-selling|bestseller|finest|greatest|number one|top-rated|award|awards|award-winning|rated|unbeatable|cheapest|lowest|leading|unmatched|better|perfectly|more than ever|than ever|world|everyone's favorite|everyone loves|everybody loves|customers love",
    ),
    // Qualities no fact says
    (
        License::Never,
        "organic|natural|naturally|healthy|healthier|health|nutritious|wholesome|nourishing|vegan|gluten|sustainable|eco-friendly|local|locally|imported|homemade|handmade|authentic|premium|luxury|luxurious|fresh|freshly|freshest|freshness|ripe|seasonal|farm|pure|safe|safely|proven|clinically|quality|high-quality|top-quality|genuine|original|improved|strong|stronger|powerful|fast|faster|lasting|long-lasting|durable|low-fat|low-calorie|diet|energy|energizing|vitamins|protein|calories",
    ),
    // News
    (License::Fresh, "new|just arrived|just in|now available"),
    (
        License::Never,
        "newest|latest|back again|returns|returning|is back|are back|introducing|launch|launched|first time",
    ),
    // Numbers in words, and units of price
    (
        License::Never,
        "two|three|four|five|six|seven|eight|nine|ten|twelve|hundred|thousand|dozen|dozens|double|triple|twice|half|quarter|percent|per|apiece|a pound|an ounce|a piece|a bag of|a pack of|a box of|a bottle of|a can of|multiple|pair of",
    ),
    // History told to the customer, or a false tie
    (
        License::Never,
        "meets you|meet you|meet us|good shop|on sale for|for your money|coming soon|shopping list|everyone|everybody|you will love|you'll love|you will enjoy|love the taste|good shopper|you're welcome|could be your|coming your way|in your basket|in your cart|on the go|in the store|your next list|we're back|we are back|another chance|you bought|you've bought|you ordered|you've ordered|you purchased|you viewed|you looked|you searched|your cart|next order|wish list|on your list|on your shopping list|on the list|on the menu|is always|coming back|comes back|could be on|last order|last time|last purchase|your history|we noticed|we know|we saw|we've seen|watching|days ago|weeks ago|months ago|years ago|since your|long time no see|your wallet|your budget|your family|your kids|your children|your husband|your wife|your home town|running out of",
    ),
    // Times of the year that no fact gives
    (
        License::Never,
        "summer|winter|spring|autumn|christmas|easter|holiday|holidays|halloween|thanksgiving|season|monday|tuesday|wednesday|thursday|friday|saturday|sunday",
    ),
    (
        License::Saving,
        "save|saves|saving|savings|sale|off|discount|discounts|discounted|deal|deals|bargain|bargains|offer|offers|reduced|reduction|lower|lowered|less|cheaper|drop|dropped|dropping|down|down from|now|special price|special offer|great price|instead|was|marked down|used to|price cut",
    ),
    (
        License::Price,
        "price|priced|prices|cost|costs|value|affordable|budget|budget-friendly|cheap|wallet|pay|spend|money|good value",
    ),
    (
        License::Again,
        "another round|restock|restocking|replenish|refill|usual|your usual|top up|running low on|stock up again|back on your list|back in your",
    ),
    // Bought before is not reduced before.
    (License::Never, "sale again|offer again|reduced again|back on sale"),
    (License::Repeat, "again|once more"),
    (
        License::Favourite,
        "favorite|favorites|favourite|favourites|you love|you loved|your go-to|your kind of|your taste|regular|regulars|loved",
    ),
    (
        License::Food,
        "serve|serves|served|serving|eat|eats|eating|eaten|cook|cooks|cooked|cooking|bake|baked|baking|drink|drinks|sip|sips|bite|bites|nibble|taste|tastes|tasty|delicious|flavor|flavors|flavorful|yummy|hungry|appetite|meal|meals|dinner|dinners|lunch|lunches|breakfast|breakfasts|brunch|snack|snacks|snacking|dessert|desserts|recipe|recipes|dish|dishes|menu|menus|picnic|lunchbox|sandwich|sandwiches|salad|salads|topping|toppings|ingredient|ingredients|plate|plates|bowl|bowls|table|fridge|pantry|kitchen",
    ),
    (License::Popular, "popular|a hit|crowd|well-loved|loved by"),
    (
        License::Known,
        "welcome|thanks for|thank you for|thanks|thank you|appreciate|appreciated|grateful|shopping with us|having you|loyal|loyalty|valued",
    ),
    (
        License::Away,
        "a while|missed|miss you|missed you|welcome back|come back|see you again|have you back|back soon|been away|waiting for you to|it's been",
    ),
    (License::Stock, "only|in stock|few left|left"),
    (License::Ships, "shipping|ships|ship|shipped"),
    (License::Loyalty, "reward|rewards"),
    (License::Birthday, "birthday"),
    (License::Ticket, "your order|your purchase|your account|sorry|apologize|apologise|apology|apologies"),
    (License::Late, "late|delay|delays|delayed|parcel|parcels|package|packages"),
    (License::Damaged, "damage|damaged|broken|cracked|defective|faulty"),
    (License::WrongItem, "wrong|different item"),
    (
        License::Fit,
        "wrong size|does not fit|doesn't fit|did not fit|didn't fit|too small|too big|too large|too tight",
    ),
    (License::Billing, "charge|charged|charges|invoice|payment|billing"),
    (License::Refund, "refund|refunds|refunded|money back"),
    (License::Replacement, "replacement|replacements|replace|replaced"),
    (License::Exchange, "exchange|exchanged|exchanges"),
    (License::New, "first|start|starting|getting started|new here|newcomer|glad you joined|joined"),
];

/// Words that a fact licenses and that nobody else is forbidden: what else is said with such a fact.
const VOCABULARY: &[(License, &str)] = &[
    (License::Stock, "remain remaining gone pieces shelf"),
    (License::Ships, "dispatch leaves warehouse order"),
    (License::Loyalty, "loyal loyalty customer thank thanks you appreciate"),
    (License::Birthday, "birthday celebrate celebration special present big"),
    (
        License::Ticket,
        "sorry trouble inconvenience patience understand frustrating message writing written wrote contacting \
        reaching touch customer service team issue problem mistake order experience apologize apologise apology apologies \
        telling us understanding sent send question questions reply everything else expect expected disappointing \
        disappointed happened happen hear",
    ),
    (License::Late, "late delay delayed parcel package arrived arrive wait waiting"),
    (License::Damaged, "damaged broken item arrived"),
    (License::WrongItem, "wrong item"),
    (License::Fit, "fit fits size"),
    (License::Billing, "payment invoice charge charged"),
    (License::Refund, "refund refunded account amount back payment"),
    (License::Replacement, "replacement another"),
    (License::Exchange, "exchange swap size return"),
    (License::Alternative, "alternative instead similar while gone left"),
    (License::Bundle, "bundle set together trio pair match matching complete combine combination team teams"),
    (License::Event, "event invited invitation celebrate join us there date diary calendar occasion"),
    (
        License::Attribute,
        "made finish material colour color size capacity weight dimensions comes battery lasts scent origin",
    ),
];

/// Nouns that make a property of `free`: sugar free gum gives nothing away.
const FREE_OF: &str = "sugar fat gluten caffeine lactose dairy alcohol fragrance nut salt sodium cage smoke dye bpa scent oil grain \
    soy cruelty acid chlorine msg egg ammonia phosphate hands";

/// Words in names and categories of what people eat and drink, in the singular.
const FOODS: &str = "fruit banana apple orange grape berry berries strawberries melon citrus lemon avocado vegetable salad \
    lettuce tomato tomatoes potato potatoes carrot onion pepper corn mushroom celery cucumber broccoli bean pea \
    rice pasta spaghetti noodle macaroni soup broth sauce salsa ketchup mustard mayonnaise dressing spice \
    seasoning sugar flour oil bread bun roll bagel muffin biscuit cake pie donut doughnut pastry pastries cookie \
    cracker cereal oatmeal granola waffle pancake milk cheese butter margarine yogurt cream egg dairy beef pork \
    chicken turkey ham bacon sausage meat steak fish tuna salmon shrimp seafood lunchmeat bologna pizza sandwich \
    burrito entree dinner snack chip pretzel popcorn nut peanut almond candy chocolate gelatin pudding dessert \
    honey jelly jam syrup juice coffee tea drink soda lemonade beverage pickle olive dip sherbet toast tortilla \
    taco fries grocery food deli bakery produce";
/// Words that make it something else all the same: dog food, paper plates, dish soap.
const NO_FOODS: &str = "dog cat pet bird puppy kitten paper plastic foil wrap bag towel tissue napkin soap detergent cleaner \
    cleaning bleach dish hair skin hand body bath oral tooth toothpaste baby infant diaper vitamin medicine aid \
    cold candle card flower floral magazine battery light motor gasoline cosmetic lotion shampoo deodorant \
    cigarette tobacco beer wine ale liquor spirits supplies seed plant charcoal ice";

pub(super) fn is_food(facts: &Facts) -> bool {
    let texts = [Role::Product, Role::Category].into_iter().filter_map(|role| facts.name(role));
    let words: Vec<String> = texts
        .flat_map(|t| t.split([' ', '-', '&', '/']))
        .map(|w| w.trim_matches(',').to_lowercase())
        .collect();
    let any = |list: &str| {
        let named = |word: &str| list.split(' ').any(|food| food == word);
        words.iter().any(|w| named(w) || w.strip_suffix('s').is_some_and(named))
    };

    any(FOODS) && !any(NO_FOODS)
}

/// Every claim that these facts do not license.
pub fn unlicensed(facts: &Facts, theme: Theme) -> impl Iterator<Item = &'static str> + use<> {
    let licenses = licenses(facts, theme);
    let said: Vec<&str> = vocabulary(&licenses).collect();
    CLAIMS
        .iter()
        .filter(move |(license, _)| !licenses.contains(license))
        .flat_map(|(_, claims)| claims.split('|'))
        .filter(move |claim| !said.contains(claim))
}

/// Every word of the claims that these facts license.
pub fn licensed_words(facts: &Facts, theme: Theme) -> impl Iterator<Item = &'static str> + use<> {
    let licenses = licenses(facts, theme);
    let said: Vec<&str> = vocabulary(&licenses).collect();
    CLAIMS
        .iter()
        .filter(move |(license, _)| licenses.contains(license))
        .flat_map(|(_, claims)| claims.split(['|', ' ']))
        .chain(said)
}

fn vocabulary(licenses: &[License]) -> impl Iterator<Item = &'static str> {
    VOCABULARY
        .iter()
        .filter(|(license, _)| licenses.contains(license))
        .flat_map(|(_, words)| words.split(' '))
        .filter(|word| !word.is_empty())
}

fn licenses(facts: &Facts, theme: Theme) -> Vec<License> {
    let relation = facts.relation();
    let personal = theme != Theme::Generic;
    let knows = |role| facts.of(role).next().is_some();
    let is_for = |reason| facts.reason() == Some(reason);
    let is_about = |topic| facts.topic() == Some(topic);
    let held = [
        (License::Saving, facts.money(Role::Saving).is_some() || knows(Role::Offer)),
        (License::Price, facts.money(Role::Price).is_some() || knows(Role::Offer)),
        (License::Again, personal && relation == Some(Relation::BoughtBefore)),
        (License::Repeat, personal && (relation == Some(Relation::BoughtBefore) || theme == Theme::Return)),
        (
            License::Favourite,
            personal && matches!(relation, Some(Relation::BoughtBefore | Relation::FavouriteCategory)),
        ),
        (License::Food, is_food(facts)),
        (License::Popular, relation == Some(Relation::Popular)),
        (
            License::Known,
            personal || is_for(Reason::Loyalty) || is_for(Reason::Welcome) || knows(Role::Ticket),
        ),
        (License::Away, theme == Theme::Return || is_for(Reason::WinBack)),
        (License::New, theme == Theme::Welcome || is_for(Reason::Welcome)),
        (License::Stock, knows(Role::Stock)),
        (License::Ships, knows(Role::ShipDays)),
        (License::Loyalty, is_for(Reason::Loyalty)),
        (License::Birthday, is_for(Reason::Birthday)),
        (License::Ticket, knows(Role::Ticket)),
        (License::Late, is_about(Topic::Delivery)),
        (License::Damaged, is_about(Topic::Damaged)),
        (License::WrongItem, is_about(Topic::WrongItem)),
        (License::Fit, is_about(Topic::Size)),
        (License::Billing, is_about(Topic::Billing)),
        (License::Refund, facts.resolution() == Some(Resolution::Refund)),
        (License::Replacement, facts.resolution() == Some(Resolution::Replacement)),
        (License::Exchange, facts.resolution() == Some(Resolution::Exchange)),
        (License::Alternative, knows(Role::Alternative)),
        (License::Bundle, knows(Role::BundleItem)),
        (License::Event, knows(Role::Event)),
        (License::Attribute, knows(Role::Attribute)),
        (License::Fresh, facts.is_new()),
    ];
    held.into_iter().filter(|(_, held)| *held).map(|(license, _)| license).collect()
}

/// Whether a name, in lower case, gives something away or commands: then it is no name.
pub fn promises(name: &str) -> bool {
    const PROMISES: &[&str] = &[
        "guarantee",
        "guaranteed",
        "winner",
        "click",
        "refund",
        "discount",
        "giveaway",
        "prize",
        "coupon",
        "voucher",
        "subscribe",
        "cash",
        "off",
        "cheapest",
        "lowest",
        "cures",
        "cure",
        "hurry",
        "urgent",
    ];
    let words: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    // `Free Range Eggs` and `Sugar Free Gum` give nothing away.
    let is_property = |at: usize| {
        words.get(at + 1).is_some_and(|next| matches!(*next, "range" | "standing"))
            || at > 0 && FREE_OF.split(' ').any(|of| of == words[at - 1])
    };
    let gives = |at: usize| words[at] == "free" && !is_property(at);
    (0..words.len()).any(|at| PROMISES.contains(&words[at]) || gives(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_is_a_gift_or_a_property() {
        for name in ["free coffee", "coffee for free", "buy one get one free"] {
            assert!(promises(name), "{name}");
        }
        for name in ["free range eggs", "sugar free gum", "free standing bath"] {
            assert!(!promises(name), "{name}");
        }
    }
}
