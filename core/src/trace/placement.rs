//! From a declared placement to the walk of its topology.

use super::{
    hop::Expected,
    in_vpc,
    leg::{Leg, Trip},
    other_vpc, say,
};
use crate::api::{LegForm, PlacementForm, Reason};

/// The trips to an endpoint, by its placement.
pub(super) fn trips<'a>(leg: &Leg<'_, 'a>, form: &PlacementForm<'a>) -> Vec<Trip<'a>> {
    match form {
        PlacementForm::Direct(form) => of_leg(leg, form),
        PlacementForm::Proxy(_) => not_yet_supported(leg, "proxy"),
        PlacementForm::ClassicLink => not_yet_supported(leg, "classicLink"),
    }
}

/// The trips of one leg: where a proxy stands in front, those of the proxy.
fn of_leg<'a>(leg: &Leg<'_, 'a>, form: &LegForm<'a>) -> Vec<Trip<'a>> {
    match form {
        LegForm::SameVPC(placement) => {
            let walk = in_vpc::Walk {
                leg,
                far: leg.side,
                groups: &placement.security_group_ids,
                subnet_ids: &placement.subnet_ids,
                expected: Expected {
                    placement: "placement sameVPC",
                    via: None,
                },
            };
            walk.trips()
        }
        LegForm::OtherVPC(placement) => other_vpc::trips(leg, placement),
        LegForm::OnPremises(_) => not_yet_supported(leg, "onPremises"),
        LegForm::Internet(_) => not_yet_supported(leg, "internet"),
    }
}

fn not_yet_supported<'a>(leg: &Leg<'_, 'a>, placement: &str) -> Vec<Trip<'a>> {
    leg.stopped(say::declaration(
        leg.at("placement"),
        Reason::TopologyNotYetSupported,
        format!("placement {placement} is not judged by this version"),
    ))
}
