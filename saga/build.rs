//! Embedded migrations do not notice new files by themselves.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
