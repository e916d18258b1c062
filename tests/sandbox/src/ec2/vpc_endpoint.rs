//! VPC endpoints: as the snapshot has them, read only.

use super::{
    describe::Describe,
    document::{Document, Family},
};
use crate::id::Kind;

/// A VPC endpoint, as DescribeVpcEndpoints shows it.
pub(crate) type VpcEndpoint = Document<VpcEndpoints>;

/// The family of VPC endpoints.
#[derive(Debug, Clone)]
pub(crate) enum VpcEndpoints {}

impl Family for VpcEndpoints {
    const KIND: Kind = Kind::VpcEndpoint;
    const ID: &'static str = "VpcEndpointId";
    /// API Reference, DescribeVpcEndpoints: pages of at most 1,000, without a lower bound.
    const DESCRIBE: Describe = Describe {
        max_results: Some(1..=1000),
        ..Describe::new(
            "VpcEndpoints",
            "VpcEndpointId",
            &[
                ("ip-address-type", "IpAddressType"),
                ("service-name", "ServiceName"),
                ("service-region", "ServiceRegion"),
                ("vpc-endpoint-id", "VpcEndpointId"),
                ("vpc-endpoint-state", "State"),
                ("vpc-endpoint-type", "VpcEndpointType"),
                ("vpc-id", "VpcId"),
            ],
        )
    };
}
