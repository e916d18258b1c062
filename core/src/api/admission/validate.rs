//! The same rules in Rust, for declarations that no API server has seen.
use crate::api::{
    Admit, ConnectionTestTrigger, Endpoint, Engine, LegForm, MigrationNetwork, OnPremisesViaForm,
    PlacementForm, SpecError,
};
use std::collections::BTreeSet;

impl MigrationNetwork {
    /// Whether admission would let this declaration in.
    ///
    /// The forms of single values (ids, addresses, ports, names) are held by their types and by the
    /// schema; these are the rules across fields. [`Document::read`](crate::api::Document::read) checks
    /// both.
    ///
    /// # Errors
    /// Everything that is wrong, with the field and the remedy.
    pub fn validate(&self) -> Result<(), Vec<SpecError>> {
        let mut errors = Vec::new();
        let spec = &self.spec;
        errors.extend(
            spec.replication_instance
                .form("spec.replicationInstance")
                .err(),
        );
        let test = &spec.connection_test;
        if test.trigger == ConnectionTestTrigger::Interval && test.interval.is_none() {
            errors.push(SpecError::new(
                "spec.connectionTest.interval",
                "missing with trigger Interval",
                "declare the time between two tests, such as 1h",
            ));
        }
        if spec.endpoints.is_empty() {
            errors.push(SpecError::new(
                "spec.endpoints",
                "no endpoint",
                "declare at least one",
            ));
        }
        let mut names = BTreeSet::new();
        for (index, endpoint) in spec.endpoints.iter().enumerate() {
            let field = format!("spec.endpoints[{index}]");
            if !names.insert(&endpoint.name) {
                errors.push(SpecError::new(
                    format!("{field}.name"),
                    format!("`{}` names two endpoints", endpoint.name),
                    "give each a name of its own",
                ));
            }
            endpoint_errors(endpoint, &field, &mut errors);
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(errors)
        }
    }
}

fn endpoint_errors(endpoint: &Endpoint, field: &str, errors: &mut Vec<SpecError>) {
    if endpoint.arn.is_none() && endpoint.ports().is_empty() {
        let engine = endpoint.engine.as_ref().map_or("none", Engine::as_str);
        errors.push(SpecError::new(
            format!("{field}.ports"),
            format!("missing, and the engine ({engine}) has no default port"),
            "declare the ports that the database listens on",
        ));
    }
    match endpoint.placement.form(&format!("{field}.placement")) {
        Err(error) => errors.push(error),
        Ok(PlacementForm::ClassicLink) => {}
        Ok(PlacementForm::Direct(leg)) => {
            leg_errors(endpoint, leg, field, &format!("{field}.placement"), errors);
        }
        Ok(PlacementForm::Proxy(proxy)) => {
            let place = format!("{field}.placement.proxy");
            errors.extend(proxy.host.form(&format!("{place}.host")).err());
            if endpoint.ports.len() > 1 {
                errors.push(SpecError::new(
                    format!("{field}.ports"),
                    format!("{} ports behind one listenPort", endpoint.ports.len()),
                    "declare an endpoint for each port",
                ));
            }
            if endpoint.addresses.is_empty() {
                errors.push(addresses_missing(field, "proxy"));
            }
            match proxy.behind.form(&format!("{place}.behind")) {
                Err(error) => errors.push(error),
                Ok(leg) => leg_errors(endpoint, leg, field, &format!("{place}.behind"), errors),
            }
        }
    }
}

fn addresses_missing(field: &str, placement: &str) -> SpecError {
    SpecError::new(
        format!("{field}.addresses"),
        format!("missing with placement {placement}"),
        "declare the addresses of the database",
    )
}

fn leg_errors(
    endpoint: &Endpoint,
    leg: LegForm<'_>,
    field: &str,
    place: &str,
    errors: &mut Vec<SpecError>,
) {
    let name = leg.name();
    // A proxy's missing addresses are said once, for the proxy.
    let nowhere = endpoint.addresses.is_empty() && endpoint.placement.proxy.is_none();
    match leg {
        LegForm::SameVPC(_) | LegForm::OtherVPC(_) if nowhere => {
            for (list, empty) in [
                ("subnetIDs", leg.subnet_ids().is_empty()),
                ("securityGroupIDs", leg.security_group_ids().is_empty()),
            ] {
                if empty {
                    errors.push(SpecError::new(
                        format!("{place}.{name}.{list}"),
                        "missing, and no addresses are declared either",
                        format!("declare {list}, or the addresses of the database"),
                    ));
                }
            }
        }
        LegForm::Internet(_) | LegForm::OnPremises(_) if nowhere => {
            errors.push(addresses_missing(field, name));
        }
        _ => {}
    }
    let via = format!("{place}.{name}.via");
    match leg {
        LegForm::OtherVPC(other) => {
            errors.extend(other.via.as_ref().and_then(|form| form.form(&via).err()));
        }
        LegForm::OnPremises(site) => match site.via.form(&via) {
            Ok(OnPremisesViaForm::Host(host)) => {
                errors.extend(host.form(&format!("{via}.host")).err());
            }
            Ok(OnPremisesViaForm::Gateway(_)) => {}
            Err(error) => errors.push(error),
        },
        LegForm::SameVPC(_) | LegForm::Internet(_) => {}
    }
    if !leg.admits().contains(&endpoint.admit()) {
        let forms: Vec<String> = leg.admits().iter().map(ToString::to_string).collect();
        errors.push(SpecError::new(
            format!("{field}.admit"),
            format!("{} can never work with placement {name}", endpoint.admit()),
            format!("use one of {}", forms.join(", ")),
        ));
    }
}

impl LegForm<'_> {
    /// The name of the field that declares this form.
    pub fn name(&self) -> &'static str {
        match self {
            Self::SameVPC(_) => "sameVPC",
            Self::OtherVPC(_) => "otherVPC",
            Self::OnPremises(_) => "onPremises",
            Self::Internet(_) => "internet",
        }
    }

    /// The forms of admission that this placement can ever have. Whether one works on the path at hand
    /// is for the trace to say.
    pub fn admits(&self) -> &'static [Admit] {
        use Admit::{Auto, NATGateway, PrivateIP, PublicIP, SecurityGroup, SubnetCIDR, VPCCIDR};
        match self {
            Self::Internet(_) => &[Auto, PublicIP, NATGateway],
            Self::OnPremises(site) if site.via.gateway.is_some() => {
                &[Auto, PrivateIP, SubnetCIDR, VPCCIDR]
            }
            Self::SameVPC(_) | Self::OtherVPC(_) | Self::OnPremises(_) => {
                &[Auto, SecurityGroup, PrivateIP, SubnetCIDR, VPCCIDR]
            }
        }
    }
}
