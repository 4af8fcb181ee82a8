//! Bots: known by what they call themselves or where they come from, and by nothing that depends on other events, so that
//! the order of arrival cannot matter.

use core::net::IpAddr;

/// One row of `journey.bot_rules`; of its conditions those that are given must all hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BotRule {
    /// Part of the user agent, in lower case.
    user_agent: Option<String>,
    /// Address and length of its network's prefix.
    network: Option<(IpAddr, u8)>,
}

impl BotRule {
    /// `network` is written as Postgres prints a cidr. Nothing, where no condition is given or readable.
    pub fn of(user_agent: Option<&str>, network: Option<&str>) -> Option<BotRule> {
        let network = match network {
            Some(text) => {
                let (address, length) = text.split_once('/')?;
                Some((address.parse().ok()?, length.parse().ok()?))
            }
            None => None,
        };
        let user_agent = user_agent.map(str::to_lowercase).filter(|part| !part.is_empty());
        (user_agent.is_some() || network.is_some()).then_some(BotRule { user_agent, network })
    }

    /// `agent` in lower case.
    fn is_met(&self, agent: Option<&str>, address: Option<IpAddr>) -> bool {
        let agent_fits = self.user_agent.as_ref().is_none_or(|part| agent.is_some_and(|a| a.contains(part)));
        let address_fits = self.network.is_none_or(|network| address.is_some_and(|a| lies_in(a, network)));
        agent_fits && address_fits
    }
}

pub fn is_bot(rules: &[BotRule], user_agent: Option<&str>, ip: Option<&str>) -> bool {
    let agent = user_agent.map(str::to_lowercase);
    // An IPv4 address that came over IPv6 is written ::ffff:a.b.c.d.
    let address = ip.and_then(|ip| ip.trim().parse::<IpAddr>().ok()).map(|address| address.to_canonical());
    rules.iter().any(|rule| rule.is_met(agent.as_deref(), address))
}

fn lies_in(address: IpAddr, (network, length): (IpAddr, u8)) -> bool {
    let differ = match (address, network) {
        (IpAddr::V4(a), IpAddr::V4(n)) => u128::from(a.to_bits() ^ n.to_bits()) << 96,
        (IpAddr::V6(a), IpAddr::V6(n)) => a.to_bits() ^ n.to_bits(),
        _ => return false,
    };
    differ.leading_zeros() >= u32::from(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bot_is_known_by_its_name_or_its_address() {
        let rules: Vec<BotRule> = [
            (Some("Googlebot"), None),
            (None, Some("66.249.64.0/19")),
            (None, Some("2001:4860:4801::/48")),
            (Some("Monitor"), Some("10.0.0.0/8")),
        ]
        .into_iter()
        .filter_map(|(agent, network)| BotRule::of(agent, network))
        .collect();
        let verdict = |agent, ip| is_bot(&rules, agent, ip);
        assert!(verdict(
            Some("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"),
            None
        ));
        assert!(verdict(None, Some("66.249.79.1")));
        assert!(verdict(None, Some("::ffff:66.249.79.1")));
        assert!(verdict(None, Some("2001:4860:4801:53::3b")));
        assert!(verdict(Some("Shop Monitor"), Some("10.1.2.3")));
        assert!(!verdict(Some("Shop Monitor"), Some("192.0.2.1")));
        assert!(!verdict(Some("Mozilla/5.0 (Windows NT 10.0; Win64; x64)"), Some("66.249.96.1")));
        assert!(!verdict(Some("Mozilla/5.0 (Linux; Android 9; CUBOT_X18)"), Some("no address")));
        assert!(!verdict(None, None));
    }

    #[test]
    fn a_rule_without_a_readable_condition_is_none() {
        assert_eq!(BotRule::of(None, None), None);
        assert_eq!(BotRule::of(Some(""), None), None);
        assert_eq!(BotRule::of(Some("x"), Some("nonsense")), None);
        assert!(BotRule::of(None, Some("0.0.0.0/0")).is_some());
    }
}
