//! Where an event happened.

/// The five channels; the names are those of `journey.events.channel`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    Web,
    App,
    Email,
    Support,
    Store,
}

/// What of a message shows its channel.
#[derive(Debug, Default, Clone, Copy)]
pub struct Signs<'a> {
    pub message: Option<&'a str>,
    pub context: Option<&'a str>,
    pub library: Option<&'a str>,
    pub is_screen: bool,
    pub has_app: bool,
    pub has_page: bool,
}

impl Channel {
    pub const fn name(self) -> &'static str {
        match self {
            Channel::Web => "web",
            Channel::App => "app",
            Channel::Email => "email",
            Channel::Support => "support",
            Channel::Store => "store",
        }
    }

    /// What is said outright comes first, then what the event's name says, then where the message was made.
    pub fn of(event: &str, signs: Signs) -> Option<Channel> {
        [signs.message, signs.context]
            .into_iter()
            .flatten()
            .find_map(Channel::named)
            .or_else(|| Channel::of_event(event))
            .or_else(|| signs.library.and_then(Channel::of_library))
            .or_else(|| (signs.is_screen || signs.has_app).then_some(Channel::App))
            .or_else(|| signs.has_page.then_some(Channel::Web))
    }

    pub fn named(name: &str) -> Option<Channel> {
        let known = [
            (Channel::Web, ["web", "browser", "site", "website", "online"]),
            (Channel::App, ["app", "mobile", "ios", "android", "mobile_app"]),
            (Channel::Email, ["email", "e-mail", "mail", "newsletter", "emailing"]),
            (Channel::Support, ["support", "helpdesk", "ticket", "phone", "chat"]),
            (Channel::Store, ["store", "retail", "pos", "in_store", "in-store"]),
        ];
        known
            .iter()
            .find(|(_, names)| names.iter().any(|n| n.eq_ignore_ascii_case(name)))
            .map(|(channel, _)| *channel)
    }

    fn of_event(event: &str) -> Option<Channel> {
        match event {
            "Unsubscribed" => Some(Channel::Email),
            _ if event.starts_with("Email ") => Some(Channel::Email),
            _ if ["Support ", "Ticket ", "Live Chat "].iter().any(|sign| event.starts_with(sign)) => {
                Some(Channel::Support)
            }
            _ if event.starts_with("Store ") => Some(Channel::Store),
            _ if ["Application ", "Push Notification "].iter().any(|sign| event.starts_with(sign)) => {
                Some(Channel::App)
            }
            _ => None,
        }
    }

    /// Segment's libraries are called analytics.js, analytics-ios, analytics-android, …
    fn of_library(library: &str) -> Option<Channel> {
        let library = library.to_ascii_lowercase();
        match () {
            () if ["ios", "android", "kotlin", "swift", "react-native", "flutter"]
                .iter()
                .any(|l| library.contains(l)) =>
            {
                Some(Channel::App)
            }
            () if library.contains("analytics.js") || library.contains("javascript") => Some(Channel::Web),
            () => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plainest_sign_wins() {
        let web = Signs { library: Some("analytics.js"), ..Signs::default() };
        assert_eq!(Channel::of("Order Completed", web), Some(Channel::Web));
        assert_eq!(Channel::of("Email Opened", web), Some(Channel::Email));
        assert_eq!(Channel::of("Email Opened", Signs { message: Some("POS"), ..web }), Some(Channel::Store));
        assert_eq!(
            Channel::of("x", Signs { message: Some("server"), has_page: true, ..Signs::default() }),
            Some(Channel::Web)
        );
        assert_eq!(Channel::of("x", Signs::default()), None);
    }
}
