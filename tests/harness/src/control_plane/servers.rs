use crate::port::free_port;
use crate::process::Process;
use crate::{Result, ScratchDir, Tools};

pub(super) const TOKENS: &str = "tokens.csv";
pub(super) const SIGNING_KEY: &str = "service-account.key";
pub(super) const VERIFYING_KEY: &str = "service-account.pub";
pub(super) const CERTIFICATE: &str = "certificates/apiserver.crt";

#[derive(Debug, Clone, Copy)]
pub(super) struct Ports {
    etcd_clients: u16,
    etcd_peers: u16,
    api_server: u16,
}

impl Ports {
    pub(super) fn free() -> Result<Self> {
        Ok(Self {
            etcd_clients: free_port()?,
            etcd_peers: free_port()?,
            api_server: free_port()?,
        })
    }

    pub(super) fn url(self) -> String {
        format!("https://127.0.0.1:{}", self.api_server)
    }
}

/// etcd that does not wait for the disk: nothing here outlives the machine.
pub(super) fn start_etcd(tools: &Tools, scratch: &ScratchDir, ports: Ports) -> Result<Process> {
    let clients = format!("http://127.0.0.1:{}", ports.etcd_clients);
    let peers = format!("http://127.0.0.1:{}", ports.etcd_peers);
    Process::start(
        &tools.get("etcd"),
        &scratch.path().join("etcd.log"),
        |command| {
            command
                .arg("--unsafe-no-fsync")
                .arg("--data-dir")
                .arg(scratch.path().join("etcd"));
            command.args([
                "--listen-client-urls",
                &clients,
                "--advertise-client-urls",
                &clients,
            ]);
            command.args([
                "--listen-peer-urls",
                &peers,
                "--initial-advertise-peer-urls",
                &peers,
            ]);
            command.args(["--initial-cluster", &format!("default={peers}")]);
        },
    )
}

/// The API server as it is by default, but for the ServiceAccount admission plugin: it waits for objects that
/// only a controller manager makes.
pub(super) fn start_api_server(
    tools: &Tools,
    scratch: &ScratchDir,
    ports: Ports,
) -> Result<Process> {
    let file = |name: &str| scratch.path().join(name).display().to_string();
    let program = tools.get("kube-apiserver");
    Process::start(
        &program,
        &scratch.path().join("kube-apiserver.log"),
        |command| {
            command.arg(format!(
                "--etcd-servers=http://127.0.0.1:{}",
                ports.etcd_clients
            ));
            command.arg(format!("--secure-port={}", ports.api_server));
            command.args(["--bind-address=127.0.0.1", "--advertise-address=127.0.0.1"]);
            command.arg(format!("--cert-dir={}", file("certificates")));
            command.arg(format!(
                "--service-account-key-file={}",
                file(VERIFYING_KEY)
            ));
            command.arg(format!(
                "--service-account-signing-key-file={}",
                file(SIGNING_KEY)
            ));
            command.arg("--service-account-issuer=https://kubernetes.default.svc");
            command.arg("--service-cluster-ip-range=10.0.0.0/24");
            command.arg("--authorization-mode=RBAC");
            command.arg(format!("--token-auth-file={}", file(TOKENS)));
            command.arg("--disable-admission-plugins=ServiceAccount");
        },
    )
}
