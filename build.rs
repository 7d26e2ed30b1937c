//! Compiles the contract (proto) and the shaders; each part says itself what it depends on.
#[path = "build/proto.rs"]
mod proto;
#[path = "build/shaders.rs"]
mod shaders;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    if let Err(error) = proto::build().and_then(|()| shaders::build()) {
        // As text: the messages have lines and carets.
        eprintln!("{error}");
        std::process::exit(1);
    }
}
