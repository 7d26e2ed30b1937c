//! Compiles the contract (proto) and the shaders; each part says itself what it depends on.
#[path = "build/proto.rs"]
mod proto;
#[path = "build/shaders.rs"]
mod shaders;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    proto::build()?;
    shaders::build()
}
