//! Each topology of the DMS guide, from its folder of examples/: the sandbox serves the snapshot, the API server gets
//! the declarations as they stand there.
//!
//! | module | what it shows |
//! |---|---|
//! | `opening` | what becomes of each example, alone and together |
//! | `breaking` | what leads to the database breaks, and comes back |
//! | `built` | the same kinds of networks made by calls, so that moto has its say where it is faithful |

mod breaking;
mod built;
mod example;
mod opening;
