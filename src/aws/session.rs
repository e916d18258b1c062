//! The clients of one account and Region.

use super::{AwsError, Meter};
use aws_config::{
    AppName, BehaviorVersion, SdkConfig, identity::IdentityCache, retry::RetryConfig,
    sts::AssumeRoleProvider, timeout::TimeoutConfig,
};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_ec2::error::SdkError;
use dms_network_core::{
    api::{AWSAccountSpec, AccountId, AssumeRole, EndpointUrl, Region},
    snapshot::Quotas,
};
use std::{
    fmt,
    time::{Duration, Instant},
};

/// The name in the user agent of each call and of each role session, by which CloudTrail shows who called.
const NAME: &str = "dms-network-controller";

/// How long a connection may take to be there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long one attempt may take, its wait for a budget included. It bounds when a write can still land (`claims`).
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(20);

/// How long a read may take with its retries.
const READ_TIMEOUT: Duration = Duration::from_secs(60);

/// For how long a quota is believed.
const QUOTA_AGE: Duration = Duration::from_secs(3600);

/// Where credentials come from.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// Where they are given, instead of any other place.
    pub provider: Option<SharedCredentialsProvider>,
    /// A profile of the shared configuration files; else the default chain: environment, web identity, container,
    /// instance.
    pub profile: Option<String>,
    /// A role to assume with them.
    pub assume_role: Option<AssumeRole>,
    /// The base URL of every API, where it is not AWS's own.
    pub endpoint_url: Option<EndpointUrl>,
}

impl From<&AWSAccountSpec> for Credentials {
    fn from(spec: &AWSAccountSpec) -> Self {
        Self {
            provider: None,
            profile: None,
            assume_role: spec.assume_role.clone(),
            endpoint_url: spec.endpoint_url.clone(),
        }
    }
}

/// The clients of one account and Region, whose credentials STS has told the account of.
pub struct Session {
    account_id: AccountId,
    region: Region,
    ec2: aws_sdk_ec2::Client,
    writer: aws_sdk_ec2::Client,
    dms: aws_sdk_databasemigration::Client,
    service_quotas: aws_sdk_servicequotas::Client,
    meter: Meter,
    quotas: tokio::sync::Mutex<Option<(Instant, Quotas)>>,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("account_id", &self.account_id)
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

impl Session {
    /// The clients of an AWSAccount in a Region, once STS has shown that its credentials are of its `accountID`.
    ///
    /// # Errors
    /// Where the credentials cannot be used, or are of another account.
    pub async fn open(spec: &AWSAccountSpec, region: &Region) -> Result<Self, AwsError> {
        Self::of_account(&Credentials::from(spec), &spec.account_id, region).await
    }

    /// The clients of an account in a Region, once STS has shown that the credentials are of it.
    ///
    /// # Errors
    /// Where the credentials cannot be used, or are of another account.
    pub async fn of_account(
        credentials: &Credentials,
        account_id: &AccountId,
        region: &Region,
    ) -> Result<Self, AwsError> {
        let meter = Meter::of(account_id, region);
        let config = configure(credentials, Some(region), &meter).await;
        let found = caller(&config).await?;
        if found != account_id.as_str() {
            return Err(AwsError::wrong_account(account_id, &found));
        }
        Ok(Self::new(
            account_id.clone(),
            region.clone(),
            &config,
            meter,
        ))
    }

    /// The clients of whatever account the credentials are of; without a Region, the one that the environment or
    /// profile gives.
    ///
    /// # Errors
    /// Where the credentials cannot be used, or no Region is known.
    pub async fn ambient(
        credentials: &Credentials,
        region: Option<&Region>,
    ) -> Result<Self, AwsError> {
        let meter = Meter::default();
        let config = configure(credentials, region, &meter).await;
        let region = config
            .region()
            .and_then(|region| region.as_ref().parse::<Region>().ok())
            .ok_or_else(|| {
                AwsError::invalid(
                    "Configuration",
                    "no Region is known: give --region or AWS_REGION",
                )
            })?;
        let account = caller(&config).await?;
        let account = account
            .parse::<AccountId>()
            .map_err(|error| AwsError::invalid("GetCallerIdentity", &error.to_string()))?;
        Ok(Self::new(account, region, &config, meter))
    }

    fn new(account_id: AccountId, region: Region, config: &SdkConfig, meter: Meter) -> Self {
        let one_attempt = aws_sdk_ec2::config::Builder::from(config)
            .retry_config(RetryConfig::disabled())
            .build();
        Self {
            account_id,
            region,
            ec2: aws_sdk_ec2::Client::new(config),
            writer: aws_sdk_ec2::Client::from_conf(one_attempt),
            dms: aws_sdk_databasemigration::Client::new(config),
            service_quotas: aws_sdk_servicequotas::Client::new(config),
            meter,
            quotas: tokio::sync::Mutex::default(),
        }
    }

    /// The account that the credentials are of.
    #[must_use]
    pub fn account_id(&self) -> &AccountId {
        &self.account_id
    }

    /// The Region.
    #[must_use]
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// The EC2 client for reads, with the SDK's retries.
    #[must_use]
    pub fn ec2(&self) -> &aws_sdk_ec2::Client {
        &self.ec2
    }

    /// The EC2 client for writes: one attempt, because a retry that succeeds hides an attempt still under way.
    #[must_use]
    pub fn writer(&self) -> &aws_sdk_ec2::Client {
        &self.writer
    }

    /// The DMS client for reads, with the SDK's retries.
    #[must_use]
    pub fn dms(&self) -> &aws_sdk_databasemigration::Client {
        &self.dms
    }

    /// The budget and the count of calls of this account and Region.
    #[must_use]
    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// The quotas in force, as Service Quotas gave them within the last hour; AWS's defaults where it does not.
    pub async fn quotas(&self) -> Quotas {
        let mut known = self.quotas.lock().await;
        if let Some((read, quotas)) = *known
            && read.elapsed() < QUOTA_AGE
        {
            return quotas;
        }
        let default = Quotas::default();
        let (rules, entries) = futures::join!(self.quota("L-0EA8095F"), self.quota("L-2AEEBF1A"));
        let quotas = Quotas {
            rules_per_security_group: rules.unwrap_or(default.rules_per_security_group),
            entries_per_network_acl: entries.unwrap_or(default.entries_per_network_acl),
        };
        *known = Some((Instant::now(), quotas));
        quotas
    }

    async fn quota(&self, code: &str) -> Option<u32> {
        let request = self.service_quotas.get_service_quota();
        let reply = request.service_code("vpc").quota_code(code).send().await;
        let reply = reply
            .map_err(|error| AwsError::of("GetServiceQuota", error))
            .ok()?;
        let value = reply.quota?.value?;
        // Quotas are whole numbers that AWS gives as floating point.
        (value >= 0.0 && value <= f64::from(u32::MAX)).then_some(value as u32)
    }
}

/// The configuration of every client: its credentials are loaded, and its role assumed, with the first call.
async fn configure(credentials: &Credentials, region: Option<&Region>, meter: &Meter) -> SdkConfig {
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(meter.http_client())
        .retry_config(RetryConfig::standard())
        .identity_cache(IdentityCache::lazy().build())
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(CONNECT_TIMEOUT)
                .operation_attempt_timeout(ATTEMPT_TIMEOUT)
                .operation_timeout(READ_TIMEOUT)
                .build(),
        );
    if let Ok(name) = AppName::new(NAME) {
        loader = loader.app_name(name);
    }
    if let Some(region) = region {
        loader = loader.region(aws_config::Region::new(region.as_str().to_owned()));
    }
    if let Some(profile) = &credentials.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(provider) = &credentials.provider {
        loader = loader.credentials_provider(provider.clone());
    }
    if let Some(url) = &credentials.endpoint_url {
        loader = loader.endpoint_url(url.as_str());
    }
    let config = loader.load().await;
    match &credentials.assume_role {
        Some(role) => assume(role, config).await,
        None => config,
    }
}

async fn assume(role: &AssumeRole, config: SdkConfig) -> SdkConfig {
    let mut provider = AssumeRoleProvider::builder(role.role_arn.as_str())
        .session_name(NAME)
        .configure(&config);
    if let Some(external_id) = &role.external_id {
        provider = provider.external_id(external_id.as_str());
    }
    if let Some(region) = config.region() {
        provider = provider.region(region.clone());
    }
    let provider = match config.credentials_provider() {
        Some(base) => provider.build_from_provider(base).await,
        None => provider.build().await,
    };
    config
        .into_builder()
        .credentials_provider(SharedCredentialsProvider::new(provider))
        .build()
}

/// The account of the credentials.
async fn caller(config: &SdkConfig) -> Result<String, AwsError> {
    let sts = aws_sdk_sts::Client::new(config);
    let reply = sts.get_caller_identity().send().await;
    reply
        .map_err(|error: SdkError<_, _>| AwsError::of("GetCallerIdentity", error))?
        .account
        .ok_or_else(|| AwsError::invalid("GetCallerIdentity", "STS named no account"))
}
