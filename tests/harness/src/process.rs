use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;

use rustix::process::{Pid, Signal, kill_process};

use crate::{Error, Result, wait};

/// A server as a child process: it logs to a file, and is killed when dropped or when this process ends.
#[derive(Debug)]
pub(crate) struct Process {
    name: String,
    child: Mutex<Child>,
    log: PathBuf,
}

impl Process {
    /// Starts `program` in a process group of its own (so that a person's Ctrl-C reaches the tests, which then
    /// stop it), with nothing on its standard input, and with what it says going to `log`.
    pub(crate) fn start(
        program: &Path,
        log: &Path,
        configure: impl FnOnce(&mut Command),
    ) -> Result<Self> {
        let name = program
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let output = File::options()
            .create(true)
            .append(true)
            .open(log)
            .map_err(Error::writing(log))?;
        let errors = output.try_clone().map_err(Error::writing(log))?;
        let mut command = killed_with_this_process(program);
        command
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .process_group(0);
        configure(&mut command);
        let child = spawn(command).map_err(Error::io(format!("starting {}", program.display())))?;
        Ok(Self {
            name,
            child: Mutex::new(child),
            log: log.to_owned(),
        })
    }

    /// Asks until the server answers, failing at once if it ends first.
    pub(crate) fn until_ready<T>(&self, mut ask: impl FnMut() -> Result<Option<T>>) -> Result<T> {
        wait::until(
            &format!("{} to be ready (log: {})", self.name, self.log.display()),
            || {
                self.still_running()?;
                ask()
            },
        )
    }

    /// Fails with the end of the log if it has ended.
    pub(crate) fn still_running(&self) -> Result<()> {
        let Some(status) = self.exit_status()? else {
            return Ok(());
        };
        let log = self.log();
        let tail = log
            .lines()
            .rev()
            .take(20)
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .collect::<Vec<_>>()
            .join("\n");
        Err(Error::Exited {
            program: self.name.clone(),
            status,
            log: self.log.clone(),
            tail,
        })
    }

    pub(crate) fn log(&self) -> String {
        fs::read(&self.log)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    pub(crate) fn id(&self) -> u32 {
        self.child().id()
    }

    /// How it ended, if it has.
    pub(crate) fn exit_status(&self) -> Result<Option<ExitStatus>> {
        self.child()
            .try_wait()
            .map_err(Error::io(format!("waiting for {}", self.name)))
    }

    /// SIGKILL, and waits for its end.
    pub(crate) fn kill(&self) -> Result<ExitStatus> {
        let mut child = self.child();
        child
            .kill()
            .and_then(|()| child.wait())
            .map_err(Error::io(format!("killing {}", self.name)))
    }

    /// SIGTERM, and waits for its end.
    pub(crate) fn terminate(&self) -> Result<ExitStatus> {
        if let Some(status) = self.exit_status()? {
            return Ok(status);
        }
        let pid = Pid::from_child(&self.child());
        kill_process(pid, Signal::TERM)
            .map_err(|e| Error::io(format!("ending {}", self.name))(e.into()))?;
        wait::until(&format!("{} to end after SIGTERM", self.name), || {
            self.exit_status()
        })
    }

    fn child(&self) -> MutexGuard<'_, Child> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}

/// A command that the kernel kills when the thread that spawned it is gone: pass it to [`spawn`], whose thread
/// lives as long as this process. `setpriv` (util-linux) replaces itself by the program, so the process id is
/// the program's own.
pub(crate) fn killed_with_this_process(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(program);
    command
}

/// Spawns from a thread that never ends: the parent-death signal is tied to the spawning thread, and the thread
/// of one test ends long before a server that several tests share.
pub(crate) fn spawn(command: Command) -> io::Result<Child> {
    type Request = (Command, mpsc::Sender<io::Result<Child>>);
    static SPAWNER: LazyLock<mpsc::Sender<Request>> = LazyLock::new(|| {
        let (requests, inbox) = mpsc::channel::<Request>();
        thread::spawn(move || {
            for (mut command, answer) in inbox {
                let _ = answer.send(command.spawn());
            }
        });
        requests
    });

    let (answer, spawned) = mpsc::channel();
    SPAWNER.send((command, answer)).map_err(io::Error::other)?;
    spawned.recv().map_err(io::Error::other)?
}

/// Runs a short-lived command to its end: what it printed, or a failure with what it said.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let line = command_line(command);
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(Error::io(&line))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        return Ok(text(&output.stdout));
    }
    Err(Error::Failed {
        command: line,
        status: output.status,
        stderr: text(&output.stderr).trim().to_owned(),
    })
}

/// The command as one would type it, for messages.
pub(crate) fn command_line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}
