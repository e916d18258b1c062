//! VPC peering connections. VPC Peering Guide: active, no overlap, nothing further than the peer VPC's own blocks, no
//! edge-to-edge routing. References to groups work within a Region. [aws-facts 2.2, 4.1]

use crate::trip::{End, Exit, Reached, Trip};
use dms_network_core::{
    api::{VpcId, VpcPeeringConnectionId},
    snapshot::VpcPeeringConnection,
};

impl<'a> Trip<'a> {
    pub(crate) fn over_peering(
        &mut self,
        id: &VpcPeeringConnectionId,
        from: &VpcId,
    ) -> Result<Reached, End> {
        self.hop(id)?;
        let peering = self.active(id)?;
        let other_end = if peering.requester.vpc_id.as_ref() == Some(from) {
            &peering.accepter
        } else {
            &peering.requester
        };
        let mut blocks = other_end.cidrs.iter();
        if !blocks.any(|block| block.contains(&self.packet.destination)) {
            return Err(self.dropped(id, "the destination is not in the peer VPC"));
        }
        if !self.keeps_references(id)? {
            self.sender.clear();
        }
        self.note(format!("over {id}"));
        let Some(vpc) = &other_end.vpc_id else {
            return Err(End::not_known("the peer VPC"));
        };
        match self.atlas().vpc(vpc) {
            Ok(Some(_)) => self.deliver(vpc, None),
            _ if !self.atlas().is_ours(other_end.owner_id.as_ref()) => Ok(Reached::Outside(
                Exit::Peering(id.to_string(), from.clone()),
            )),
            _ => Err(End::not_known(vpc)),
        }
    }

    fn active(&self, id: &VpcPeeringConnectionId) -> Result<&'a VpcPeeringConnection, End> {
        match self.atlas().peering(id)? {
            Some(peering) if peering.status == "active" => Ok(peering),
            Some(_) => Err(self.dropped(id, "the peering connection is not active")),
            None => Err(self.dropped(id, "no such peering connection")),
        }
    }

    /// Whether references to groups work over it.
    pub(crate) fn keeps_references(&self, id: &VpcPeeringConnectionId) -> Result<bool, End> {
        let peering = self.active(id)?;
        Ok(peering.requester.region == peering.accepter.region)
    }
}
