//! Each topology of the DMS guide, from its folder of examples/: the sandbox serves the snapshot, the API server gets
//! the declarations as they stand there.

mod breaking;
mod example;
mod opening;
