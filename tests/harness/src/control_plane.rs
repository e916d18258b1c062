use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use kube::Client;
use kube::config::{KubeConfigOptions, Kubeconfig};
use serde_json::{Value, json};

use crate::process::{Process, output};
use crate::{Result, ScratchDir, Tools};

mod keys;
mod servers;

/// A real etcd and kube-apiserver, with RBAC on, and nothing else: no kubelet, so Pods do not run, and no
/// controller manager, so a deleted namespace stays Terminating and owner references collect nothing.
#[derive(Debug)]
pub struct ControlPlane {
    // Dropped in this order: the servers before the folder that they write to.
    api_server: Mutex<Option<Process>>,
    etcd: Process,
    ports: servers::Ports,
    admin_token: String,
    kubeconfig: PathBuf,
    tools: Tools,
    scratch: ScratchDir,
}

impl ControlPlane {
    /// Starts both on free loopback ports and waits for `/readyz`.
    pub fn start() -> Result<Self> {
        let tools = Tools::find()?;
        let scratch = ScratchDir::new()?;
        let ports = servers::Ports::free()?;
        let admin_token = keys::token()?;
        scratch.write(
            servers::TOKENS,
            format!("{admin_token},admin,admin,system:masters\n"),
        )?;
        let keys = keys::key_pair()?;
        scratch.write(servers::SIGNING_KEY, keys.private)?;
        scratch.write(servers::VERIFYING_KEY, keys.public)?;
        let etcd = servers::start_etcd(&tools, &scratch, ports)?;
        let kubeconfig = write_kubeconfig(&scratch, ports, "admin", &admin_token)?;
        let api_server = Mutex::new(None);
        let this = Self {
            api_server,
            etcd,
            ports,
            admin_token,
            kubeconfig,
            tools,
            scratch,
        };
        this.start_api_server()?;
        Ok(this)
    }

    /// The kubeconfig of an administrator.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// The administrator's bearer token, which [`ControlPlane::kubeconfig`] holds too.
    pub fn admin_token(&self) -> &str {
        &self.admin_token
    }

    /// Where the API server listens, such as `https://127.0.0.1:20000`.
    pub fn url(&self) -> String {
        self.ports.url()
    }

    /// The pinned kubectl and helm that belong to it.
    pub fn tools(&self) -> &Tools {
        &self.tools
    }

    /// A client with the administrator's rights, tied to the async runtime that it is made in.
    pub async fn client(&self) -> Result<Client> {
        let kubeconfig = Kubeconfig::read_from(&self.kubeconfig)?;
        let config =
            kube::Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
        Ok(Client::try_from(config).map_err(Box::new)?)
    }

    /// Kills the API server, as a crash would; etcd keeps what was written.
    pub fn stop_api_server(&self) {
        self.api_server().take();
    }

    /// Starts the API server again at the same address with the same data, and waits for `/readyz`.
    pub fn start_api_server(&self) -> Result<()> {
        let process = servers::start_api_server(&self.tools, &self.scratch, self.ports)?;
        process.until_ready(|| {
            self.etcd.still_running()?;
            Ok(self.kubectl(&["get", "--raw", "/readyz"]).ok())
        })?;
        *self.api_server() = Some(process);
        Ok(())
    }

    /// Runs `kubectl ARGS…` as the administrator; what it printed.
    pub fn kubectl(&self, args: &[&str]) -> Result<String> {
        output(self.command("kubectl").args(args))
    }

    /// Applies the manifest (YAML or JSON) by server-side apply, into `namespace` where it names none.
    pub fn apply(&self, namespace: &str, manifest: &str) -> Result<String> {
        let file = self.scratch.write("manifest.yaml", manifest)?;
        let file = file.to_string_lossy();
        self.kubectl(&[
            "apply",
            "--server-side",
            "--namespace",
            namespace,
            "--filename",
            &file,
        ])
    }

    /// Makes the namespace where it is not there yet.
    pub fn create_namespace(&self, name: &str) -> Result<()> {
        let namespace =
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        self.apply("default", &namespace.to_string()).map(drop)
    }

    /// Renders the chart, its CRDs included, with the real helm and applies what it gives by server-side apply;
    /// returns the rendered manifest once its CRDs are served.
    pub fn helm_template_apply(
        &self,
        chart: &Path,
        release: &str,
        namespace: &str,
        values: &Value,
    ) -> Result<String> {
        let values = self.scratch.write("values.json", values.to_string())?;
        let mut helm = self.command("helm");
        helm.args(["template", release]).arg(chart).args([
            "--namespace",
            namespace,
            "--include-crds",
            "--values",
        ]);
        let manifest = output(helm.arg(values))?;
        self.create_namespace(namespace)?;
        self.apply(namespace, &manifest)?;
        if manifest.contains("kind: CustomResourceDefinition") {
            self.kubectl(&[
                "wait",
                "--for=condition=Established",
                "crd",
                "--all",
                "--timeout=60s",
            ])?;
        }
        Ok(manifest)
    }

    /// A kubeconfig that acts as the ServiceAccount, with a token from the TokenRequest API that holds for a day.
    pub fn service_account_kubeconfig(&self, namespace: &str, name: &str) -> Result<PathBuf> {
        let token = self.kubectl(&[
            "create",
            "token",
            name,
            "--namespace",
            namespace,
            "--duration=24h",
        ])?;
        write_kubeconfig(
            &self.scratch,
            self.ports,
            &format!("{namespace}.{name}"),
            token.trim(),
        )
    }

    fn command(&self, tool: &str) -> Command {
        let mut command = Command::new(self.tools.get(tool));
        command
            .env_clear()
            .env("HOME", self.scratch.path())
            .env("KUBECONFIG", &self.kubeconfig);
        command
    }

    fn api_server(&self) -> MutexGuard<'_, Option<Process>> {
        self.api_server
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes `USER.kubeconfig`; the server's certificate is signed by itself, so it is its own authority.
fn write_kubeconfig(
    scratch: &ScratchDir,
    ports: servers::Ports,
    user: &str,
    token: &str,
) -> Result<PathBuf> {
    let authority = scratch.path().join(servers::CERTIFICATE);
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "test", "cluster": {"server": ports.url(), "certificate-authority": authority}}],
        "users": [{"name": user, "user": {"token": token}}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": user}}],
        "current-context": "test",
    });
    scratch.write(&format!("{user}.kubeconfig"), config.to_string())
}
