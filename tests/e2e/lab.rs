//! What a test gets: a control plane of its own for as long as it runs, a counterpart of AWS, and the controller in
//! front of a proxy. Starting the expensive parts takes seconds, so they are handed on from test to test.

use crate::{
    cluster::Cluster,
    ec2::{self, Ec2},
    network::{Network, account},
    wait,
};
use dms_network_harness::{Controller, Launch, Moto, Proxy, Sandbox};
use serde_json::Value;
use std::{
    process::ExitStatus,
    sync::{Condvar, Mutex, PoisonError},
    thread,
};

/// The name of the deployment in claims.
pub(crate) const OWNER: &str = "e2e";
/// An account besides that of every key, and that of the examples.
pub(crate) const OTHER_ACCOUNT: &str = "111122223333";
const BINARY: &str = env!("CARGO_BIN_EXE_dms-network-controller");
/// How many control planes there are at the most.
const KITS: usize = 4;

/// Which counterpart of AWS a test runs against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counterpart {
    Moto,
    Sandbox,
}

/// The parts that are handed on.
struct Kit {
    cluster: Cluster,
    moto: Option<Moto>,
}

#[derive(Default)]
struct Pool {
    idle: Vec<Kit>,
    made: usize,
}

static POOL: Mutex<Pool> = Mutex::new(Pool {
    idle: Vec::new(),
    made: 0,
});
static GIVEN_BACK: Condvar = Condvar::new();

/// The place of a kit that is being made: where that panics, nobody waits for it in vain.
struct Place;

impl Drop for Place {
    fn drop(&mut self) {
        POOL.lock().unwrap_or_else(PoisonError::into_inner).made -= 1;
        GIVEN_BACK.notify_one();
    }
}

fn take_kit() -> Kit {
    let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        if let Some(kit) = pool.idle.pop() {
            return kit;
        }
        if pool.made < KITS {
            pool.made += 1;
            drop(pool);
            let place = Place;
            let cluster = Cluster::start();
            std::mem::forget(place);
            return Kit {
                cluster,
                moto: None,
            };
        }
        pool = GIVEN_BACK
            .wait(pool)
            .unwrap_or_else(PoisonError::into_inner);
    }
}

fn give_back(kit: Kit) {
    // A control plane that cannot be swept is of no use to the next test.
    let swept = kit.cluster.sweep().is_ok();
    let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    if swept {
        pool.idle.push(kit);
    } else {
        pool.made -= 1;
    }
    GIVEN_BACK.notify_one();
}

/// How the controller is started.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) owner: &'static str,
    pub(crate) settle_time: &'static str,
    pub(crate) landing_time: &'static str,
    pub(crate) resync_interval: &'static str,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            owner: OWNER,
            settle_time: "100ms",
            landing_time: "300ms",
            resync_interval: "1s",
        }
    }
}

/// One test's world. Dropping it ends the controller and leaves the control plane as it was.
pub(crate) struct Lab {
    // In the order in which they must end: the controller before what it talks to.
    controller: Mutex<Option<Controller>>,
    pub(crate) settings: Settings,
    pub(crate) proxy: Proxy,
    pub(crate) ec2: Ec2,
    pub(crate) endpoint: String,
    sandbox: Option<Sandbox>,
    kit: Option<Kit>,
}

impl Lab {
    pub(crate) fn new(counterpart: Counterpart) -> Self {
        match counterpart {
            Counterpart::Sandbox => {
                Self::on(Sandbox::start(&["--account", OTHER_ACCOUNT]).unwrap())
            }
            Counterpart::Moto => {
                let mut kit = take_kit();
                let moto = kit.moto.get_or_insert_with(|| Moto::start().unwrap());
                moto.reset().unwrap();
                let endpoint = moto.endpoint();
                Self::of(kit, &endpoint, None)
            }
        }
    }

    /// On a sandbox that the test has started.
    pub(crate) fn on(sandbox: Sandbox) -> Self {
        let endpoint = sandbox.endpoint().to_owned();
        Self::of(take_kit(), &endpoint, Some(sandbox))
    }

    fn of(kit: Kit, endpoint: &str, sandbox: Option<Sandbox>) -> Self {
        Self {
            controller: Mutex::new(None),
            settings: Settings::default(),
            proxy: Proxy::start(endpoint).unwrap(),
            ec2: Ec2::new(endpoint),
            endpoint: endpoint.to_owned(),
            sandbox,
            kit: Some(kit),
        }
    }

    /// Whether the counterpart is the sandbox.
    pub(crate) fn is_strict(&self) -> bool {
        self.sandbox.is_some()
    }

    pub(crate) fn cluster(&self) -> &Cluster {
        &self.kit.as_ref().unwrap().cluster
    }

    /// A network in EC2 whose gates are closed, an account given to the tests' namespace, and the controller running.
    pub(crate) fn begin(&self) -> Network {
        let network = Network::build(&self.ec2);
        self.cluster().apply(&account());
        self.start();
        network
    }

    /// Starts the controller under the chart's ServiceAccount; its calls to AWS go through the proxy.
    pub(crate) fn start(&self) {
        let launch = self.launch();
        let controller = launch.start().unwrap();
        *self.controller() = Some(controller);
    }

    /// How [`Lab::start`] starts it.
    pub(crate) fn launch(&self) -> Launch {
        let settings = &self.settings;
        // Figures are those of the release binary.
        let binary = std::env::var("CONTROLLER").unwrap_or_else(|_| BINARY.to_owned());
        Launch::new(binary, &self.cluster().kubeconfig)
            .aws_endpoint(&self.proxy.endpoint())
            .args(&["run", "--owner", settings.owner])
            .args(&["--settle-time", settings.settle_time])
            .args(&["--landing-time", settings.landing_time])
            .args(&["--resync-interval", settings.resync_interval])
            .args(&["--health-address", "127.0.0.1:0"])
            .args(&["--log-level", "info,dms_network_controller=debug"])
    }

    /// Starts it with something more or else than [`Lab::start`] does.
    pub(crate) fn start_with(&self, change: impl FnOnce(Launch) -> Launch) {
        *self.controller() = Some(change(self.launch()).start().unwrap());
    }

    fn controller(&self) -> std::sync::MutexGuard<'_, Option<Controller>> {
        self.controller
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// SIGKILL.
    pub(crate) fn kill9(&self) {
        self.controller().take().unwrap().kill9().unwrap();
    }

    /// SIGTERM, and how it ended.
    pub(crate) fn sigterm(&self) -> ExitStatus {
        self.controller().as_ref().unwrap().sigterm().unwrap()
    }

    pub(crate) fn is_running(&self) -> bool {
        self.controller()
            .as_ref()
            .is_some_and(Controller::is_running)
    }

    /// What the controller said so far.
    pub(crate) fn log(&self) -> String {
        self.controller()
            .as_ref()
            .map(Controller::log)
            .unwrap_or_default()
    }

    pub(crate) fn process_id(&self) -> u32 {
        self.controller().as_ref().unwrap().id()
    }

    /// Asks one of the controller's probes.
    pub(crate) fn probe(&self, path: &str) -> (u16, String) {
        let address = wait::until("the probes to be served", || {
            let log = self.log();
            let mut serving = log
                .lines()
                .filter_map(|line| line.split_once("serving /healthz and /readyz address="));
            serving
                .next()
                .map(|(_, address)| address.to_owned())
                .ok_or(log.clone())
        });
        ec2::http(&address, "GET", path, "", "")
    }

    /// One of the sandbox's own endpoints.
    #[track_caller]
    pub(crate) fn sandbox(&self, method: &str, path: &str, body: &Value) {
        assert!(self.sandbox.is_some(), "only the sandbox can do this");
        self.ec2.sandbox(method, path, body);
    }

    /// Waits until the controller has looked at EC2 so many times more.
    pub(crate) fn await_looks(&self, more: usize) {
        let looks = || self.proxy.count("DescribeSecurityGroupRules");
        let before = looks();
        wait::until("further looks at EC2", || {
            let now = looks();
            if now >= before + more {
                Ok(())
            } else {
                Err(format!("{} looks", now - before))
            }
        });
    }

    /// The actions of the calls that may have changed something, sorted.
    pub(crate) fn writes(&self) -> Vec<String> {
        let calls = self.proxy.mutating_calls();
        let mut actions: Vec<String> = calls.into_iter().map(|call| call.action).collect();
        actions.sort();
        actions
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        if thread::panicking() {
            let log = self.log();
            let from = log.len().saturating_sub(12_000);
            let tail: String = log.chars().skip(from).collect();
            eprintln!("--- the controller's log ends with:\n{tail}");
        }
        self.controller().take();
        if let Some(kit) = self.kit.take() {
            give_back(kit);
        }
    }
}
