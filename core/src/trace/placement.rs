//! From a declared placement to the walk of its topology.

use super::{
    classic_link, gateway,
    hop::Expected,
    host, in_vpc, internet,
    leg::{Leg, Trip},
    other_vpc, proxy, say,
};
use crate::api::{LegForm, OnPremises, OnPremisesViaForm, PlacementForm, Reason};

/// The trips to an endpoint, by its placement.
pub(super) fn trips<'a>(leg: &Leg<'_, 'a>, form: &PlacementForm<'a>) -> Vec<Trip<'a>> {
    match form {
        PlacementForm::Direct(form) => of_leg(leg, form),
        PlacementForm::Proxy(proxy) => proxy::trips(leg, proxy),
        PlacementForm::ClassicLink => classic_link::trips(leg),
    }
}

/// The trips of one leg: where a proxy stands in front, those of the proxy.
pub(super) fn of_leg<'a>(leg: &Leg<'_, 'a>, form: &LegForm<'a>) -> Vec<Trip<'a>> {
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
        LegForm::OnPremises(placement) => on_premises(leg, placement),
        LegForm::Internet(placement) => internet::Walk { leg, placement }.trips(),
    }
}

fn on_premises<'a>(leg: &Leg<'_, 'a>, placement: &'a OnPremises) -> Vec<Trip<'a>> {
    let field = leg.at("placement.onPremises.via");
    let via = placement.via.form(&field);
    let via = via.and_then(|via| match via {
        OnPremisesViaForm::Gateway(id) => Ok(gateway::Walk { leg, id }.trips()),
        OnPremisesViaForm::Host(host) => {
            let form = host.form(&format!("{field}.host"))?;
            Ok(host::Walk { leg, host, form }.trips())
        }
    });
    via.unwrap_or_else(|error| {
        let (text, reason) = (error.to_string(), Reason::SpecNotUnderstood);
        leg.stopped(say::declaration(&error.field, reason, text))
    })
}
