//! What is read, and that it is the same as the AWS CLI prints.

use crate::lab::{Counterpart, DATABASE, Network, permission, session};
use aws_sdk_ec2::types::{Filter, IpRange, ResourceType, Tag, TagSpecification};
use dms_network_controller::observe::{NoSuchVpcs, network_acl, observe, whole_vpcs};
use dms_network_core::snapshot::{ScopeSnapshot, documents::Documents, read::read};

/// Reads a folder that holds these documents.
fn folder(documents: &Documents) -> ScopeSnapshot {
    let answers = documents
        .answers()
        .map(|(key, answer)| (format!("{key}.json"), answer.unwrap().to_string()));
    let entries = documents.prefix_list_entries.iter().map(|(id, entries)| {
        let answer = serde_json::json!({ "Entries": entries });
        (format!("{id}.json"), answer.to_string())
    });
    let snapshot = read(answers.chain(entries)).unwrap();
    snapshot.scopes.into_iter().next().unwrap()
}

#[tokio::test]
async fn a_network_is_observed_as_the_aws_cli_prints_it() {
    for aws in Counterpart::both() {
        let network = Network::build(&aws).await;
        let session = session(&aws.endpoint()).await.unwrap();
        let observed = observe(&session, &network.wanted()).await.unwrap().lists;
        let printed = network.printed();
        let name = aws.name();
        let vpcs = observed.vpcs.known().unwrap();
        assert_eq!(vpcs.len(), 1, "{name}");
        let vpc = &network.vpc.parse().unwrap();
        assert_eq!(vpcs[vpc], printed.vpcs.known().unwrap()[vpc], "{name}");
        let subnets = observed.subnets.known().unwrap();
        assert_eq!(subnets.len(), 2, "{name}");
        for (id, subnet) in subnets {
            assert_eq!(subnet, &printed.subnets.known().unwrap()[id], "{name}");
        }
        let groups = observed.security_groups.known().unwrap();
        for id in [
            &network.client_group,
            &network.database_group,
            &network.interface_group,
        ] {
            let id = &id.parse().unwrap();
            let expected = &printed.security_groups.known().unwrap()[id];
            assert_eq!(&groups[id], expected, "{name}");
            assert!(!expected.rules.is_empty(), "{name}");
        }
        for (id, acl) in observed.network_acls.known().unwrap() {
            assert_eq!(acl, &printed.network_acls.known().unwrap()[id], "{name}");
        }
        for (id, table) in observed.route_tables.known().unwrap() {
            assert_eq!(table, &printed.route_tables.known().unwrap()[id], "{name}");
        }
        let list = &network.prefix_list.parse().unwrap();
        let lists = observed.prefix_lists.known().unwrap();
        assert_eq!(
            lists[list],
            printed.prefix_lists.known().unwrap()[list],
            "{name}"
        );
        assert_eq!(lists[list].weight, Some(5), "{name}");
        let observed = ScopeSnapshot::from(observed);
        let interface = observed
            .interface_at(vpc, DATABASE.parse().unwrap())
            .unwrap();
        assert_eq!(
            Some(interface),
            printed.interface_at(vpc, DATABASE.parse().unwrap()),
            "{name}"
        );
        let subnet = &observed.subnets.known().unwrap()[&network.client_subnet.parse().unwrap()];
        assert!(
            observed.network_acl_of(&subnet.id).unwrap().is_some(),
            "{name}"
        );
        assert!(observed.route_table_of(subnet).unwrap().is_some(), "{name}");
    }
}

#[tokio::test]
async fn ids_that_do_not_exist_are_absent_and_hide_nothing_else() {
    for aws in Counterpart::both() {
        let network = Network::build(&aws).await;
        let session = session(&aws.endpoint()).await.unwrap();
        let mut wanted = network.wanted();
        wanted.vpcs.insert("vpc-0123456789abcdef0".parse().unwrap());
        wanted
            .subnets
            .insert("subnet-0123456789abcdef0".parse().unwrap());
        wanted
            .security_groups
            .insert("sg-0123456789abcdef0".parse().unwrap());
        let observed = observe(&session, &wanted).await.unwrap().lists;
        assert_eq!(observed.vpcs.known().unwrap().len(), 1, "{}", aws.name());
        assert_eq!(observed.subnets.known().unwrap().len(), 2, "{}", aws.name());
        assert_eq!(
            observed.security_groups.known().unwrap().len(),
            3,
            "{}",
            aws.name()
        );
    }
}

#[tokio::test]
async fn a_declared_subnet_of_another_vpc_is_seen_there() {
    for aws in Counterpart::both() {
        let (one, other) = (Network::build(&aws).await, Network::build(&aws).await);
        let session = session(&aws.endpoint()).await.unwrap();
        let mut wanted = one.wanted();
        let elsewhere = other.client_subnet.parse().unwrap();
        wanted.subnets.insert(elsewhere);
        let observed = observe(&session, &wanted).await.unwrap().lists;
        let subnet = &observed.subnets.known().unwrap()[&other.client_subnet.parse().unwrap()];
        assert_eq!(subnet.vpc_id.as_str(), other.vpc, "{}", aws.name());
    }
}

#[tokio::test]
async fn what_carries_a_claim_is_read_whether_anybody_declares_it_or_not() {
    for aws in Counterpart::both() {
        let (one, other) = (Network::build(&aws).await, Network::build(&aws).await);
        let session = session(&aws.endpoint()).await.unwrap();
        let managed = Tag::builder()
            .key("dms-network.dev/managed")
            .value("true")
            .build();
        let rule = permission("tcp", 1521, 1521)
            .ip_ranges(IpRange::builder().cidr_ip("10.0.1.10/32").build())
            .build();
        let tags = TagSpecification::builder()
            .resource_type(ResourceType::SecurityGroupRule)
            .tags(managed)
            .build();
        let call = session.writer().authorize_security_group_ingress();
        let call = call.group_id(&other.client_group).ip_permissions(rule);
        call.tag_specifications(tags).send().await.unwrap();
        let vpc = Filter::builder().name("vpc-id").values(&other.vpc).build();
        let acls = session
            .ec2()
            .describe_network_acls()
            .filters(vpc)
            .send()
            .await
            .unwrap();
        let acl = acls.network_acls()[0].network_acl_id().unwrap();
        let claim = "dms-network.dev/acl.ingress.20000.0123456789abcdef";
        let claim = Tag::builder().key(claim).value("x").build();
        let call = session.writer().create_tags().resources(acl);
        call.tags(claim).send().await.unwrap();
        let observed = observe(&session, &one.wanted()).await.unwrap().lists;
        let group =
            &observed.security_groups.known().unwrap()[&other.client_group.parse().unwrap()];
        assert!(
            group
                .rules
                .iter()
                .any(|rule| rule.tags.contains_key("dms-network.dev/managed"))
        );
        assert!(
            observed
                .network_acls
                .known()
                .unwrap()
                .contains_key(&acl.parse().unwrap())
        );
    }
}

#[tokio::test]
async fn one_acl_is_read_anew_and_none_where_it_is_gone() {
    for aws in Counterpart::both() {
        let network = Network::build(&aws).await;
        let session = session(&aws.endpoint()).await.unwrap();
        let printed = network.printed();
        let acl = printed
            .network_acl_of(&network.client_subnet.parse().unwrap())
            .unwrap()
            .unwrap();
        assert_eq!(
            network_acl(&session, &acl.id).await.unwrap().as_ref(),
            Some(acl),
            "{}",
            aws.name()
        );
        let gone = "acl-0123456789abcdef0".parse().unwrap();
        assert_eq!(
            network_acl(&session, &gone).await.unwrap(),
            None,
            "{}",
            aws.name()
        );
    }
}

#[tokio::test]
async fn a_saved_vpc_says_the_same_as_the_live_one() {
    let aws = Counterpart::sandbox();
    let network = Network::build(&aws).await;
    let session = session(&aws.endpoint()).await.unwrap();
    let vpcs = [network.vpc.parse().unwrap()].into();
    let saved = whole_vpcs(&session, &vpcs).await.unwrap();
    assert!(saved.unread.is_empty(), "{:?}", saved.unread);
    let saved = folder(&saved.documents);
    let observed = observe(&session, &network.wanted()).await.unwrap().lists;
    assert_eq!(saved.account_id, observed.account_id);
    assert_eq!(saved.region, observed.region);
    assert_eq!(saved.vpcs, observed.vpcs);
    assert_eq!(saved.subnets, observed.subnets);
    assert_eq!(saved.network_acls, observed.network_acls);
    assert_eq!(saved.route_tables, observed.route_tables);
    assert_eq!(saved.network_interfaces, observed.network_interfaces);
    assert_eq!(saved.prefix_lists, observed.prefix_lists);
    let groups = saved.security_groups.known().unwrap();
    for (id, group) in observed.security_groups.known().unwrap() {
        assert_eq!(&groups[id], group);
    }
    let missing = ["vpc-0123456789abcdef0".parse().unwrap()].into();
    let error = whole_vpcs(&session, &missing).await.unwrap_err();
    assert!(matches!(error, NoSuchVpcs::NotThere(_)), "{error}");
}
