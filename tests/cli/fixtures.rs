//! A folder with one declared network, its account, and a snapshot of the VPC that both ends share.
//!
//! The replication instance in subnet-0a has the default egress; the database in subnet-0c lacks an ingress rule, and
//! its network ACL lets no answer out.

use serde_json::Value;
use std::{
    fs,
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
};
use tempfile::TempDir;

const NETWORK: &str = "apiVersion: dms-network.dev/v1alpha1
kind: MigrationNetwork
metadata: { name: orders, namespace: migrations }
spec:
  accountRef: { name: prod }
  region: eu-west-1
  replicationInstance:
    network:
      vpcID: vpc-0a
      subnetIDs: [subnet-0a]
      securityGroupIDs: [sg-0a]
      privateIPs: [10.0.1.10]
  endpoints:
  - name: orders-source
    role: Source
    engine: postgres
    addresses: [10.0.4.20]
    placement:
      sameVPC: { securityGroupIDs: [sg-0c], subnetIDs: [subnet-0c] }
";

const ACCOUNT: &str = "apiVersion: dms-network.dev/v1alpha1
kind: AWSAccount
metadata: { name: prod }
spec:
  accountID: \"111122223333\"
  allowedNamespaces: { names: [migrations] }
  consent: None
";

const VPC: &str = r#"{
  "Vpcs": [{"VpcId": "vpc-0a", "OwnerId": "111122223333", "CidrBlock": "10.0.0.0/16", "State": "available",
    "CidrBlockAssociationSet": [{"CidrBlock": "10.0.0.0/16", "CidrBlockState": {"State": "associated"}}]}],
  "Subnets": [
    {"SubnetId": "subnet-0a", "VpcId": "vpc-0a", "OwnerId": "111122223333", "CidrBlock": "10.0.1.0/24",
      "AvailabilityZone": "eu-west-1a", "AvailabilityZoneId": "euw1-az1", "State": "available"},
    {"SubnetId": "subnet-0c", "VpcId": "vpc-0a", "OwnerId": "111122223333", "CidrBlock": "10.0.4.0/24",
      "AvailabilityZone": "eu-west-1a", "AvailabilityZoneId": "euw1-az1", "State": "available"}],
  "RouteTables": [{"RouteTableId": "rtb-0a", "VpcId": "vpc-0a", "OwnerId": "111122223333",
    "Associations": [{"Main": true, "RouteTableId": "rtb-0a"}],
    "Routes": [{"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "Origin": "CreateRouteTable",
      "State": "active"}]}],
  "NetworkInterfaces": []
}"#;

const ACLS: &str = r#"{"NetworkAcls": [
  {"NetworkAclId": "acl-0a", "VpcId": "vpc-0a", "OwnerId": "111122223333", "IsDefault": true, "Tags": [],
    "Associations": [{"NetworkAclAssociationId": "aclassoc-0a", "NetworkAclId": "acl-0a", "SubnetId": "subnet-0a"}],
    "Entries": [
      {"CidrBlock": "0.0.0.0/0", "Egress": true, "Protocol": "-1", "RuleAction": "allow", "RuleNumber": 100},
      {"CidrBlock": "0.0.0.0/0", "Egress": true, "Protocol": "-1", "RuleAction": "deny", "RuleNumber": 32767},
      {"CidrBlock": "0.0.0.0/0", "Egress": false, "Protocol": "-1", "RuleAction": "allow", "RuleNumber": 100},
      {"CidrBlock": "0.0.0.0/0", "Egress": false, "Protocol": "-1", "RuleAction": "deny", "RuleNumber": 32767}]},
  {"NetworkAclId": "acl-0d", "VpcId": "vpc-0a", "OwnerId": "111122223333", "IsDefault": false, "Tags": [],
    "Associations": [{"NetworkAclAssociationId": "aclassoc-0d", "NetworkAclId": "acl-0d", "SubnetId": "subnet-0c"}],
    "Entries": [
      {"CidrBlock": "0.0.0.0/0", "Egress": true, "Protocol": "-1", "RuleAction": "deny", "RuleNumber": 32767},
      {"CidrBlock": "10.0.0.0/16", "Egress": false, "Protocol": "6", "PortRange": {"From": 5432, "To": 5432},
        "RuleAction": "allow", "RuleNumber": 100},
      {"CidrBlock": "0.0.0.0/0", "Egress": false, "Protocol": "-1", "RuleAction": "deny", "RuleNumber": 32767}]}
]}"#;

const GROUPS: &str = r#"{
  "SecurityGroups": [
    {"GroupId": "sg-0a", "GroupName": "dms", "Description": "dms", "VpcId": "vpc-0a", "OwnerId": "111122223333",
      "IpPermissions": [], "IpPermissionsEgress": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]},
    {"GroupId": "sg-0c", "GroupName": "db", "Description": "db", "VpcId": "vpc-0a", "OwnerId": "111122223333",
      "IpPermissions": [], "IpPermissionsEgress": []}],
  "SecurityGroupRules": [
    {"SecurityGroupRuleId": "sgr-0a", "GroupId": "sg-0a", "GroupOwnerId": "111122223333", "IsEgress": true,
      "IpProtocol": "-1", "FromPort": -1, "ToPort": -1, "CidrIpv4": "0.0.0.0/0", "Tags": []}]
}"#;

/// The rule that the network lacks, as a person would have made it.
pub(crate) const FOREIGN_RULE: &str = r#"
    {"SecurityGroupRuleId": "sgr-0b", "GroupId": "sg-0c", "GroupOwnerId": "111122223333", "IsEgress": false,
      "IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "CidrIpv4": "10.0.1.0/24", "Tags": []},"#;

/// The same as the deployment `prod-eu1` makes it.
pub(crate) const OWN_RULE: &str = r#"
    {"SecurityGroupRuleId": "sgr-0b", "GroupId": "sg-0c", "GroupOwnerId": "111122223333", "IsEgress": false,
      "IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "ReferencedGroupInfo": {"GroupId": "sg-0a"},
      "Tags": [{"Key": "dms-network.dev/managed", "Value": "true"},
        {"Key": "dms-network.dev/claim.prod-eu1", "Value": "active"}]},"#;

/// A status that holds it.
pub(crate) const LEDGER: &str = "status:
  managedRules:
  - kind: SecurityGroupRule
    resource: sg-0c
    direction: Ingress
    protocol: tcp
    fromPort: 5432
    toPort: 5432
    securityGroupID: sg-0a
    ruleID: sgr-0b
    scope: { accountRef: prod, accountID: \"111122223333\", region: eu-west-1 }
    endpoints: [orders-source]
";

/// The entry that the network lacks, as the deployment `prod-eu1` makes it, and its claim.
pub(crate) const OWN_ENTRY: (&str, &str) = (
    r#"
      {"CidrBlock": "10.0.1.10/32", "Egress": true, "Protocol": "6", "PortRange": {"From": 1024, "To": 65535},
        "RuleAction": "allow", "RuleNumber": 20000},"#,
    r#"{"Key": "dms-network.dev/acl.egress.20000.261d25ebda979c72", "Value": "tcp 1024-65535 10.0.1.10/32 prod-eu1"}"#,
);

/// The entry that the network lacks, as a person would have made it.
pub(crate) const FOREIGN_ENTRY: &str = r#"
      {"CidrBlock": "10.0.0.0/16", "Egress": true, "Protocol": "6", "PortRange": {"From": 1024, "To": 65535},
        "RuleAction": "allow", "RuleNumber": 100},"#;

/// A deny on the way out of the replication instance's subnet.
pub(crate) const DENY: &str = r#"
      {"CidrBlock": "10.0.4.0/24", "Egress": true, "Protocol": "-1", "RuleAction": "deny", "RuleNumber": 90},"#;

/// A folder with `network.yaml`, `account.yaml` and `snapshot/`, in which the binary runs.
pub(crate) struct Folder(TempDir);

/// What a run left.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// The plan that was printed as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Folder {
    pub(crate) fn new() -> Self {
        let folder = Self(TempDir::new().unwrap());
        folder.write("network.yaml", NETWORK);
        folder.write("account.yaml", ACCOUNT);
        folder.write("snapshot/vpc.json", VPC);
        folder.write("snapshot/acls.json", ACLS);
        folder.write("snapshot/groups.json", GROUPS);
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Replaces a text that is in the file.
    pub(crate) fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{name} has no `{from}`");
        self.write(name, text.replace(from, to));
    }

    /// Adds rules to the snapshot, each with a comma at its end.
    pub(crate) fn add_rules(&self, rules: &str) {
        let list = "\"SecurityGroupRules\": [";
        self.edit("snapshot/groups.json", list, &format!("{list}{rules}"));
    }

    /// Adds entries to a network ACL of the snapshot, each with a comma at its end.
    pub(crate) fn add_entries(&self, acl: &str, entries: &str) {
        self.edit_acl(acl, "\"Entries\": [", &format!("\"Entries\": [{entries}"));
    }

    /// Adds an entry of ours with its claim.
    pub(crate) fn add_own_entry(&self, acl: &str, (entry, claim): (&str, &str)) {
        self.add_entries(acl, entry);
        self.edit_acl(acl, "\"Tags\": []", &format!("\"Tags\": [{claim}]"));
    }

    fn edit_acl(&self, acl: &str, from: &str, to: &str) {
        let text = self.read("snapshot/acls.json");
        // Its own head, not that of one of its associations.
        let head = format!("\"NetworkAclId\": \"{acl}\", \"VpcId\"");
        let (before, after) = text.split_once(&head).unwrap();
        let after = after.replacen(from, to, 1);
        self.write("snapshot/acls.json", format!("{before}{head}{after}"));
    }

    /// Opens the whole path with what a person made.
    pub(crate) fn open(&self) {
        self.add_rules(FOREIGN_RULE);
        self.add_entries("acl-0d", FOREIGN_ENTRY);
    }

    /// Runs the binary in the folder.
    pub(crate) fn run(&self, args: &[&str]) -> Run {
        self.run_with(args, "", &[])
    }

    /// Plans the network with its account on the snapshot.
    pub(crate) fn plan(&self, more: &[&str]) -> Run {
        let args = [
            "plan",
            "-f",
            "network.yaml",
            "-f",
            "account.yaml",
            "--snapshot",
            "snapshot",
        ];
        self.run(&[&args, more].concat())
    }

    /// Runs the binary with a standard input and variables.
    pub(crate) fn run_with(&self, args: &[&str], stdin: &str, env: &[(&str, &str)]) -> Run {
        let mut child = Command::new(env!("CARGO_BIN_EXE_dms-network-controller"))
            .args(args)
            .env_clear()
            .envs(env.iter().copied())
            .current_dir(self.0.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A run that does not read its input ends before all of it is written.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        let output = child.wait_with_output().unwrap();
        Run {
            code: output.status.code().expect("ended by itself"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}
