//! ClassicLink, which AWS ended in August 2023: the way that works in its place is a proxy in the VPC.

use super::{
    leg::{Leg, Trip},
    proxy_form, say,
};
use crate::api::Reason;

/// Nothing passes; the gate gives the form that would.
pub(super) fn trips<'a>(leg: &Leg<'_, 'a>) -> Vec<Trip<'a>> {
    let message = "ClassicLink ended with EC2-Classic in August 2023, and carries nothing";
    let field = leg.at("placement.classicLink");
    let mut gate = say::declaration(field, Reason::ClassicLinkRetired, message);
    gate.remedy = Some(proxy_form::remedy(leg));
    leg.stopped(gate)
}
