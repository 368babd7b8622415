// Copies the boot crate's linker script to where .cargo/config.toml names it.
use std::{env, fs};

fn main() {
    let script = env::var("DEP_RUSPIRO_BOOT_LINKERSCRIPT").expect("ruspiro-boot is not a dependency");
    fs::copy(script, "link64.ld").expect("link64.ld");
}
