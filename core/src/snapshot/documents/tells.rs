//! What a resource tells about where it is: its account, Region and VPC.

use crate::api::{AccountId, Region};

/// What a resource tells about where it is. Each is the text as AWS prints it; what cannot be parsed tells nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tells<'a> {
    /// Its owner's account.
    pub account: Option<&'a str>,
    /// The zone that it is in, or its Region.
    pub zone: Option<&'a str>,
    /// Its ARN.
    pub arn: Option<&'a str>,
    /// The VPC that it belongs to.
    pub vpc: Option<&'a str>,
    /// The security group that it is a part of.
    pub security_group: Option<&'a str>,
    /// The VPC security group that it is.
    pub is_security_group: Option<&'a str>,
    /// The accounts and Regions that list it, where two do and it does not tell which of them was asked.
    pub sides: Option<[Side<'a>; 2]>,
    /// The account that owns it, where accounts with which it is shared list it too.
    pub sharer: Option<&'a str>,
}

/// An account and Region that lists a resource, as far as the resource tells.
#[derive(Clone, Copy, Debug, Default)]
pub struct Side<'a> {
    /// The account.
    pub account: Option<&'a str>,
    /// The Region.
    pub region: Option<&'a str>,
}

impl Side<'_> {
    /// Whether it may be this account and Region, of which either may be unknown.
    #[must_use]
    pub fn may_be(&self, account: Option<&AccountId>, region: Option<&Region>) -> bool {
        let fits = |told: Option<&str>, known: Option<&str>| match (told, known) {
            (Some(told), Some(known)) => told == known,
            _ => true,
        };
        fits(self.account, account.map(AccountId::as_str))
            && fits(self.region, region.map(Region::as_str))
    }
}

impl Tells<'_> {
    /// The account, by the owner id, else by the ARN.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        let by_owner = self.account.and_then(|id| id.parse().ok());
        by_owner.or_else(|| arn_part(self.arn?, 4)?.parse().ok())
    }

    /// The Region, by the ARN, else by the zone.
    #[must_use]
    pub fn region(&self) -> Option<Region> {
        let by_arn = self.arn.and_then(|arn| region_of_arn(arn)?.parse().ok());
        by_arn.or_else(|| region_of_zone(self.zone?))
    }
}

/// The Region of an ARN.
pub(super) fn region_of_arn(arn: &str) -> Option<&str> {
    arn_part(arn, 3)
}

fn arn_part(arn: &str, index: usize) -> Option<&str> {
    arn.starts_with("arn:")
        .then(|| arn.split(':').nth(index))
        .flatten()
}

/// The Region of a zone's name: `eu-west-1` of `eu-west-1a`, `us-west-2` of the Local Zone `us-west-2-lax-1a`.
fn region_of_zone(zone: &str) -> Option<Region> {
    let number = zone.match_indices(|c: char| c.is_ascii_digit()).next()?.0;
    let digits = zone[number..]
        .bytes()
        .take_while(u8::is_ascii_digit)
        .count();
    zone[..number + digits].parse().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_region_of_a_zone_is_its_name_up_to_the_number() {
        for (zone, region) in [
            ("eu-west-1a", "eu-west-1"),
            ("us-gov-east-1b", "us-gov-east-1"),
            ("us-west-2-lax-1a", "us-west-2"),
            ("us-east-1-wl1-bos-wlz-1", "us-east-1"),
        ] {
            assert_eq!(region_of_zone(zone).unwrap().as_str(), region);
        }
        assert_eq!(region_of_zone("euw1-az1"), None);
        assert_eq!(region_of_zone("é1"), None);
    }

    #[test]
    fn an_arn_tells_account_and_region() {
        let tells = Tells {
            arn: Some("arn:aws:dms:eu-west-1:111122223333:rep:ABC"),
            ..Tells::default()
        };
        assert_eq!(tells.account().unwrap().as_str(), "111122223333");
        assert_eq!(tells.region().unwrap().as_str(), "eu-west-1");
    }
}
