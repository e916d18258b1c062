//! A network in either counterpart of AWS, and sessions that look at it.

use aws_credential_types::{Credentials as Keys, provider::SharedCredentialsProvider};
use aws_sdk_ec2::{
    Client,
    types::{
        AddPrefixListEntry, IpPermission, IpRange, PrefixListId, UserIdGroupPair,
        builders::IpPermissionBuilder,
    },
};
use dms_network_controller::aws::{AwsError, Credentials, Session};
use dms_network_core::{
    api::Region,
    snapshot::{ScopeSnapshot, read::read, wanted::Wanted},
};
use dms_network_harness::{ACCESS_KEY_ID, AwsCli, Moto, REGION, SECRET_ACCESS_KEY, Sandbox};
use std::fs;
use tempfile::TempDir;

/// The account of the test keys, in both counterparts.
pub(crate) const ACCOUNT: &str = "123456789012";

/// A counterpart of AWS.
pub(crate) enum Counterpart {
    Moto(Moto),
    Sandbox(Sandbox),
}

/// A prefix list as the AWS CLI prints it: the sandbox makes none, it loads them.
const PREFIX_LISTS: &str = r#"{"PrefixLists": [{"PrefixListId": "pl-0123456789abcdef0", "PrefixListName": "offices",
  "PrefixListArn": "arn:aws:ec2:eu-west-1:123456789012:prefix-list/pl-0123456789abcdef0", "OwnerId": "123456789012",
  "AddressFamily": "IPv4", "State": "create-complete", "MaxEntries": 5, "Version": 1, "Tags": []}]}"#;
const PREFIX_LIST: &str = "pl-0123456789abcdef0";

impl Counterpart {
    pub(crate) fn both() -> [Self; 2] {
        [Self::Moto(Moto::start().unwrap()), Self::sandbox()]
    }

    pub(crate) fn sandbox() -> Self {
        let entries = r#"{"Entries": [{"Cidr": "192.0.2.0/24", "Description": "office"}]}"#;
        let entries_file = format!("{PREFIX_LIST}.json");
        Self::serving(&[
            ("prefix-lists.json", PREFIX_LISTS),
            (&entries_file, entries),
        ])
    }

    /// The sandbox, which reads these files of a snapshot folder as it starts.
    pub(crate) fn serving(files: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        Self::Sandbox(Sandbox::start(&["--load", folder.path().to_str().unwrap()]).unwrap())
    }

    pub(crate) fn endpoint(&self) -> String {
        match self {
            Self::Moto(moto) => moto.endpoint(),
            Self::Sandbox(sandbox) => sandbox.endpoint().to_owned(),
        }
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Moto(_) => "moto",
            Self::Sandbox(_) => "the sandbox",
        }
    }

    async fn prefix_list(&self, ec2: &Client) -> String {
        if let Self::Sandbox(_) = self {
            return PREFIX_LIST.to_owned();
        }
        let entry = AddPrefixListEntry::builder()
            .cidr("192.0.2.0/24")
            .description("office")
            .build();
        let call = ec2
            .create_managed_prefix_list()
            .prefix_list_name("offices")
            .max_entries(5);
        let reply = call
            .address_family("IPv4")
            .entries(entry)
            .send()
            .await
            .unwrap();
        reply.prefix_list.unwrap().prefix_list_id.unwrap()
    }
}

/// The test keys, at an endpoint.
pub(crate) fn credentials(endpoint: &str) -> Credentials {
    let keys = Keys::builder()
        .access_key_id(ACCESS_KEY_ID)
        .secret_access_key(SECRET_ACCESS_KEY)
        .provider_name("test")
        .build();
    Credentials {
        provider: Some(SharedCredentialsProvider::new(keys)),
        endpoint_url: Some(endpoint.to_owned().try_into().unwrap()),
        ..Credentials::default()
    }
}

pub(crate) fn region() -> Region {
    REGION.parse().unwrap()
}

/// A session of the test account.
pub(crate) async fn session(endpoint: &str) -> Result<Session, AwsError> {
    Session::of_account(&credentials(endpoint), &ACCOUNT.parse().unwrap(), &region()).await
}

/// One VPC with a replication instance's subnet and a database's.
pub(crate) struct Network {
    endpoint: String,
    pub(crate) vpc: String,
    pub(crate) client_subnet: String,
    pub(crate) database_subnet: String,
    pub(crate) client_group: String,
    pub(crate) database_group: String,
    pub(crate) interface_group: String,
    pub(crate) prefix_list: String,
}

/// The database's address, on an interface.
pub(crate) const DATABASE: &str = "10.0.2.20";

impl Network {
    pub(crate) async fn build(aws: &Counterpart) -> Self {
        let session = session(&aws.endpoint()).await.unwrap();
        let ec2 = session.writer();
        let vpc = ec2
            .create_vpc()
            .cidr_block("10.0.0.0/16")
            .send()
            .await
            .unwrap();
        let vpc = vpc.vpc.unwrap().vpc_id.unwrap();
        let client_subnet = subnet(ec2, &vpc, "10.0.1.0/24", "a").await;
        let database_subnet = subnet(ec2, &vpc, "10.0.2.0/24", "b").await;
        let client_group = group(ec2, &vpc, "client").await;
        let database_group = group(ec2, &vpc, "database").await;
        let interface_group = group(ec2, &vpc, "interface").await;
        let prefix_list = aws.prefix_list(ec2).await;
        let from_client = UserIdGroupPair::builder().group_id(&client_group).build();
        let tcp = permission("tcp", 5432, 5432).user_id_group_pairs(from_client);
        let udp =
            permission("udp", 53, 53).ip_ranges(IpRange::builder().cidr_ip("10.0.0.0/8").build());
        admit(ec2, &database_group, tcp.build()).await;
        admit(ec2, &database_group, udp.build()).await;
        let from_offices = PrefixListId::builder().prefix_list_id(&prefix_list).build();
        let ssh = permission("tcp", 22, 23).prefix_list_ids(from_offices);
        admit(ec2, &interface_group, ssh.build()).await;
        let interface = ec2.create_network_interface().subnet_id(&database_subnet);
        let interface = interface.private_ip_address(DATABASE);
        interface
            .groups(&database_group)
            .groups(&interface_group)
            .send()
            .await
            .unwrap();
        Self {
            endpoint: aws.endpoint(),
            vpc,
            client_subnet,
            database_subnet,
            client_group,
            database_group,
            interface_group,
            prefix_list,
        }
    }

    /// What a declaration by hand wants of it; the group on the database's interface is not declared.
    pub(crate) fn wanted(&self) -> Wanted {
        Wanted {
            vpcs: [self.vpc.parse().unwrap()].into(),
            subnets: [
                self.client_subnet.parse().unwrap(),
                self.database_subnet.parse().unwrap(),
            ]
            .into(),
            security_groups: [
                self.client_group.parse().unwrap(),
                self.database_group.parse().unwrap(),
            ]
            .into(),
            addresses: [DATABASE.parse().unwrap()].into(),
            ..Wanted::default()
        }
    }

    /// The account and Region as the AWS CLI prints it, read as a snapshot folder.
    pub(crate) fn printed(&self) -> ScopeSnapshot {
        let cli = AwsCli::new(&self.endpoint).unwrap();
        let calls = [
            "describe-vpcs",
            "describe-subnets",
            "describe-security-groups",
            "describe-security-group-rules",
            "describe-network-acls",
            "describe-route-tables",
            "describe-network-interfaces",
            "describe-managed-prefix-lists",
        ];
        let print = |call: &str| (format!("{call}.json"), cli.run(&["ec2", call]).unwrap());
        let mut files: Vec<(String, String)> = calls.into_iter().map(print).collect();
        let entries = [
            "ec2",
            "get-managed-prefix-list-entries",
            "--prefix-list-id",
            &self.prefix_list,
        ];
        files.push((
            format!("{}.json", self.prefix_list),
            cli.run(&entries).unwrap(),
        ));
        let snapshot = read(files).unwrap();
        assert_eq!(snapshot.scopes.len(), 1);
        snapshot.scopes.into_iter().next().unwrap()
    }
}

async fn subnet(ec2: &Client, vpc: &str, block: &str, zone: &str) -> String {
    let call = ec2.create_subnet().vpc_id(vpc).cidr_block(block);
    let reply = call
        .availability_zone(format!("{REGION}{zone}"))
        .send()
        .await
        .unwrap();
    reply.subnet.unwrap().subnet_id.unwrap()
}

async fn group(ec2: &Client, vpc: &str, name: &str) -> String {
    let call = ec2.create_security_group().vpc_id(vpc).group_name(name);
    call.description(name)
        .send()
        .await
        .unwrap()
        .group_id
        .unwrap()
}

/// The beginning of a rule.
pub(crate) fn permission(protocol: &str, from: i32, to: i32) -> IpPermissionBuilder {
    IpPermission::builder()
        .ip_protocol(protocol)
        .from_port(from)
        .to_port(to)
}

async fn admit(ec2: &Client, group: &str, permission: IpPermission) {
    let call = ec2.authorize_security_group_ingress().group_id(group);
    call.ip_permissions(permission).send().await.unwrap();
}
