//! Virtual private gateways: what leaves by one that is attached is on-premises. What comes in by one, or by an internet
//! gateway, is looked up in the gateway's own table where it has one (VPC User Guide, "Gateway route tables").

use crate::trip::{End, Exit, Reached, Trip};
use dms_network_core::{
    api::{VpcId, VpnGatewayId},
    snapshot::RouteTarget,
};

impl Trip<'_> {
    pub(crate) fn by_vpn_gateway(
        &mut self,
        id: &VpnGatewayId,
        vpc: &VpcId,
    ) -> Result<Reached, End> {
        self.hop(id)?;
        if self.atlas().vpn_gateway_of(vpc)? != Some(id.as_str()) {
            return Err(self.dropped(id, "the virtual private gateway is not attached"));
        }
        let exit = Exit::VpnGateway(id.to_string(), vpc.clone());
        Ok(Reached::Outside(exit))
    }

    /// What a gateway at the edge of a VPC takes in.
    pub(crate) fn enter_by_edge(&mut self, gateway: &str, vpc: &VpcId) -> Result<Reached, End> {
        self.hop(&gateway)?;
        // Block Public Access, VPN connections and edge tables count where they were read.
        let Ok(Some(table)) = self.atlas().edge_table(gateway) else {
            return self.deliver(vpc, None);
        };
        match self.target(table, self.packet.destination)? {
            RouteTarget::Local => self.deliver(vpc, None),
            RouteTarget::NetworkInterface(id, _) => self.reach_interface(id, None),
            RouteTarget::VpcEndpoint(id) => self.through_hidden(id.to_string()),
            other => self.through_hidden(format!("{other:?}")),
        }
    }
}
