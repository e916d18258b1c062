//! Folders of AWS CLI JSON, read and written.

use crate::client::{Aws, network, start_with};
use dms_network_sandbox::{Sandbox, Settings};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
};

/// A new folder; it goes with its value.
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
}

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!(
            "sandbox-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self { path }
    }

    pub(crate) fn write(&self, name: &str, json: &Value) {
        let path = self.path.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, json.to_string()).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.path).unwrap();
    }
}

/// The files of a folder and its subfolders.
fn files(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            files.insert(path.clone(), fs::read_to_string(path).unwrap());
        }
    }
    files
}

/// The files, without the folder's own name.
pub(crate) fn written(folder: &Path) -> BTreeMap<PathBuf, String> {
    let inside = |path: &Path| path.strip_prefix(folder).unwrap().to_owned();
    files(folder)
        .into_iter()
        .map(|(path, text)| (inside(&path), text))
        .collect()
}

fn settings(folder: &Folder) -> Settings {
    Settings {
        load: Some(folder.path.clone()),
        ..Settings::default()
    }
}

fn load(folder: &Folder) -> Aws {
    start_with(settings(folder))
}

/// Loads a folder and saves it again.
fn again(folder: &Folder) -> Folder {
    let next = Folder::new();
    Sandbox::new(settings(folder))
        .unwrap()
        .save(&next.path)
        .unwrap();
    next
}

/// One account and Region, in the way of an old AWS CLI: no rule ids, no owners here and there.
fn old_account(folder: &Folder, inner: &str, account: &str, region: &str) {
    let at = |name: &str| format!("{inner}{name}");
    folder.write(
        &at("vpcs.json"),
        &json!({"Vpcs": [{"VpcId": "vpc-0a", "CidrBlock": "10.0.0.0/16", "OwnerId": account}]}),
    );
    folder.write(
        &at("subnets.json"),
        &json!({"Subnets": [{
            "SubnetId": "subnet-0a", "VpcId": "vpc-0a", "CidrBlock": "10.0.1.0/24",
            "AvailabilityZone": format!("{region}a"),
            "Tags": [{"Key": "z", "Value": "1"}, {"Key": "a", "Value": "2"}],
        }]}),
    );
    folder.write(
        &at("groups.json"),
        &json!({"SecurityGroups": [{
            "GroupId": "sg-0a", "GroupName": "db", "Description": "a group", "VpcId": "vpc-0a",
            "IpPermissions": [{
                "IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432,
                "IpRanges": [{"CidrIp": "10.0.1.9/24", "Description": "RI"}],
                "UserIdGroupPairs": [{"GroupId": "sg-0b", "UserId": account}],
                "PrefixListIds": [{"PrefixListId": "pl-0a"}],
            }],
            "IpPermissionsEgress": [{"IpProtocol": "-1", "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}],
        }]}),
    );
    folder.write(
        &at("acls.json"),
        &json!({"NetworkAcls": [{
            "NetworkAclId": "acl-0a", "VpcId": "vpc-0a", "IsDefault": true,
            "Entries": [
                {"RuleNumber": 32767, "Egress": false, "Protocol": "-1", "RuleAction": "deny", "CidrBlock": "0.0.0.0/0"},
                {"RuleNumber": 100, "Egress": true, "Protocol": "6", "RuleAction": "allow",
                 "CidrBlock": "10.0.1.9/24", "PortRange": {"From": 1, "To": 2}},
            ],
            "Associations": [{"NetworkAclAssociationId": "aclassoc-0a", "NetworkAclId": "acl-0a", "SubnetId": "subnet-0a"}],
        }]}),
    );
    folder.write(
        &at("instances.json"),
        &json!({"Reservations": [{"ReservationId": "r-0a", "OwnerId": account, "Instances": [
            {"InstanceId": "i-0a", "VpcId": "vpc-0a", "LaunchTime": "2026-01-01 00:00:00+00:00"},
            {"InstanceId": "i-0b", "VpcId": "vpc-0a"},
        ]}]}),
    );
    folder.write(
        &at("managed.json"),
        &json!({"PrefixLists": [{"PrefixListId": "pl-0a", "PrefixListName": "mine", "OwnerId": account, "MaxEntries": 59}]}),
    );
    folder.write(
        &at("pl-0a.json"),
        &json!({"Entries": [{"Cidr": "10.1.0.0/16", "Description": "d"}]}),
    );
    folder.write(
        &at("lists.json"),
        &json!({"PrefixLists": [{"PrefixListId": "pl-0b", "PrefixListName": format!("com.amazonaws.{region}.s3"), "Cidrs": ["192.0.2.0/24"]}]}),
    );
    folder.write(
        &at("nat.json"),
        &json!({"NatGateways": [{"NatGatewayId": "nat-0a"}], "Unknown": 1}),
    );
}

#[test]
fn a_snapshot_is_served() {
    let folder = Folder::new();
    old_account(&folder, "", "123456789012", "eu-west-1");
    let aws = load(&folder);
    assert_eq!(
        aws.ec2("DescribeVpcs", &[]).ok().first("ownerId"),
        "123456789012"
    );
    let rules = aws.ec2("DescribeSecurityGroupRules", &[]).ok();
    assert_eq!(rules.all("securityGroupRuleId").len(), 4);
    assert_eq!(rules.one("cidrIpv4"), "10.0.1.0/24");
    assert_eq!(rules.one("description"), "RI");
    let acl = aws.ec2("DescribeNetworkAcls", &[]).ok();
    assert_eq!(acl.all("ruleNumber"), ["100", "32767"]);
    let instances = aws
        .ec2("DescribeInstances", &[("InstanceId.1", "i-0a")])
        .ok();
    assert_eq!(instances.one("reservationId"), "r-0a");
    assert_eq!(instances.one("launchTime"), "2026-01-01T00:00:00+00:00");
    let aws_lists = aws.ec2("DescribePrefixLists", &[]).ok();
    assert_eq!(aws_lists.one("prefixListId"), "pl-0b");
    assert!(aws_lists.all("item").contains(&"192.0.2.0/24".to_owned()));
    let managed = aws.ec2("DescribeManagedPrefixLists", &[]).ok();
    assert_eq!(managed.all("prefixListId"), ["pl-0a", "pl-0b"]);
    let entries = aws
        .ec2("GetManagedPrefixListEntries", &[("PrefixListId", "pl-0a")])
        .ok();
    assert_eq!(entries.one("cidr"), "10.1.0.0/16");
}

#[test]
fn a_prefix_list_counts_by_its_maximum_size() {
    let folder = Folder::new();
    old_account(&folder, "", "123456789012", "eu-west-1");
    let aws = load(&folder);
    // 59 of the list, one block and one reference are 61 already.
    let parameters = [
        ("GroupId", "sg-0a"),
        ("IpProtocol", "-1"),
        ("CidrIp", "10.9.0.0/16"),
    ];
    let answer = aws.ec2("AuthorizeSecurityGroupIngress", &parameters);
    assert_eq!(answer.code(), "RulesPerSecurityGroupLimitExceeded");
    let parameters = [
        ("GroupId", "sg-0a"),
        ("IpPermissions.1.IpProtocol", "-1"),
        ("IpPermissions.1.PrefixListIds.1.PrefixListId", "pl-0c"),
    ];
    let answer = aws.ec2("AuthorizeSecurityGroupIngress", &parameters);
    assert_eq!(answer.code(), "InvalidPrefixListID.NotFound");
}

#[test]
fn saving_what_was_loaded_is_a_fixpoint() {
    let folder = Folder::new();
    old_account(&folder, "", "123456789012", "eu-west-1");
    let once = again(&folder);
    let twice = again(&once);
    let files = written(&once.path);
    assert_eq!(files, written(&twice.path));
    let shown: Value =
        serde_json::from_str(&files[Path::new("describe-security-groups.json")]).unwrap();
    assert_eq!(
        shown["SecurityGroups"][0]["IpPermissions"][0]["IpRanges"][0],
        json!({"CidrIp": "10.0.1.0/24", "Description": "RI"})
    );
    assert!(files[Path::new("describe-nat-gateways.json")].contains("nat-0a"));
}

#[test]
fn several_accounts_and_regions_are_kept_apart() {
    let folder = Folder::new();
    old_account(&folder, "one/", "123456789012", "eu-west-1");
    old_account(&folder, "two/", "111122223333", "eu-west-1");
    old_account(&folder, "three/", "111122223333", "us-east-1");
    let aws = load(&folder);
    let other = Aws {
        region: "us-east-1".to_owned(),
        ..aws.with_key("AKIA111122223333")
    };
    assert_eq!(
        other.ec2("DescribeVpcs", &[]).ok().first("ownerId"),
        "111122223333"
    );
    let once = again(&folder);
    let twice = again(&once);
    let files = written(&once.path);
    assert!(files.contains_key(Path::new("111122223333/us-east-1/describe-vpcs.json")));
    assert_eq!(files, written(&twice.path));
}

#[test]
fn folders_are_named_for_what_their_files_do_not_tell() {
    let folder = Folder::new();
    folder.write(
        "111122223333/ap-south-1/vpcs.json",
        &json!({"Vpcs": [{"VpcId": "vpc-0a", "CidrBlock": "10.0.0.0/16"}]}),
    );
    let aws = load(&folder);
    let there = Aws {
        region: "ap-south-1".to_owned(),
        ..aws.with_key("AKIA111122223333")
    };
    assert_eq!(there.ec2("DescribeVpcs", &[]).ok().one("vpcId"), "vpc-0a");
}

#[test]
fn the_export_of_a_live_sandbox_can_be_loaded() {
    let net = network();
    net.authorize("IpProtocol=-1 IpRanges.1.CidrIp=10.0.1.0/24")
        .ok();
    let folder = Folder::new();
    let (status, _) = net
        .aws
        .admin("POST", "export", &json!({"path": folder.path}));
    assert_eq!(status, 200);
    let other = load(&folder);
    let all = |aws: &Aws, action: &str| {
        let body = aws.ec2(action, &[]).ok().body;
        let (_, rest) = body.split_once("</requestId>").unwrap();
        rest.to_owned()
    };
    for action in [
        "DescribeVpcs",
        "DescribeSubnets",
        "DescribeSecurityGroups",
        "DescribeSecurityGroupRules",
        "DescribeNetworkAcls",
        "DescribeRouteTables",
        "DescribeAvailabilityZones",
    ] {
        assert_eq!(all(&net.aws, action), all(&other, action), "{action}");
    }
}

#[test]
fn a_folder_that_holds_something_is_not_written_to() {
    let net = network();
    let folder = Folder::new();
    folder.write("old.json", &json!({}));
    let (status, answer) = net
        .aws
        .admin("POST", "export", &json!({"path": folder.path}));
    assert_eq!(status, 400);
    assert!(answer["error"].as_str().unwrap().contains("not empty"));
}

#[test]
fn an_item_that_cannot_be_read_is_named() {
    let folder = Folder::new();
    folder.write(
        "vpcs.json",
        &json!({"Vpcs": [{"CidrBlock": "10.0.0.0/16"}]}),
    );
    let error = Sandbox::new(settings(&folder)).unwrap_err().to_string();
    assert!(
        error.contains("vpcs.json") && error.contains("VpcId"),
        "{error}"
    );
    folder.write("vpcs.json", &json!([]));
    fs::write(folder.path.join("bad.json"), "{").unwrap();
    let error = Sandbox::new(settings(&folder)).unwrap_err().to_string();
    assert!(error.contains("bad.json"), "{error}");
}
