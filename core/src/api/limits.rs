//! How long declared lists may be. AWS has bounds of its own for most of them; these keep the API
//! server's CEL rules inside their cost budget.

/// Endpoints of one network.
pub(super) const MAX_ENDPOINTS: usize = 32;
/// Security groups of one end. An interface carries 16 at most (Amazon VPC quotas).
pub(super) const MAX_GROUPS: usize = 16;
/// Subnets of one end.
pub(super) const MAX_SUBNETS: usize = 16;
/// Private or public addresses of a replication instance.
pub(super) const MAX_INSTANCE_ADDRESSES: usize = 16;
/// Addresses and blocks of one endpoint.
pub(super) const MAX_ADDRESSES: usize = 32;
/// Ports of one endpoint.
pub(super) const MAX_PORTS: usize = 8;
/// Namespaces that an account names.
pub(super) const MAX_NAMESPACES: usize = 256;
/// VPCs that an account's limits name.
pub(super) const MAX_LIMIT_VPCS: usize = 128;
/// Ports that an account's limits name.
pub(super) const MAX_LIMIT_PORTS: usize = 64;
