//! Links every kernel in `shaders/` (the files beside the subfolders and shared modules that hold
//! an entry point), validates it and writes a table of what the host must know about it, read from
//! naga's representation: a broken shader is a compile error, and no number is written twice.
use std::error::Error;
use std::fmt::Write;
use std::path::Path;

use naga::valid::{Capabilities, ValidationFlags, Validator};
use naga::{AddressSpace, Expression, Literal, Module, StorageAccess, TypeInner};

#[path = "shader_lints.rs"]
mod shader_lints;

const DIRECTORY: &str = "shaders";

pub fn build() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={DIRECTORY}");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(DIRECTORY)? {
        let path = entry?.path();
        let Some(name) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
        if path.extension().is_some_and(|extension| extension == "wesl")
            && std::fs::read_to_string(&path)?.contains("@compute")
        {
            names.push(name.to_owned());
        }
    }
    names.sort();
    let mut table = String::from("// Written by build/shaders.rs.\n");
    for name in &names {
        let source = link(name)?;
        let kernel = describe(name, &source)
            .map_err(|error| format!("{DIRECTORY}/{name}.wesl is not a valid kernel\n{error}"))?;
        table.push_str(&kernel);
    }
    table.push_str("pub static ALL: &[&Kernel] = &[");
    for name in &names {
        write!(table, "&{}, ", name.to_uppercase())?;
    }
    table.push_str("];\n");
    let directory = std::env::var("OUT_DIR")?;
    std::fs::write(Path::new(&directory).join("shaders.rs"), table)?;
    Ok(())
}

/// WGSL text of a kernel with all its imports.
fn link(name: &str) -> Result<String, Box<dyn Error>> {
    let path = format!("package::{name}").parse()?;
    let linked = wesl::Wesl::new(DIRECTORY)
        .compile(&path)
        .map_err(|error| format!("{DIRECTORY}/{name}.wesl does not link\n{error}"))?;
    Ok(linked.to_string())
}

/// The table's entry for one kernel.
fn describe(name: &str, source: &str) -> Result<String, Box<dyn Error>> {
    let module =
        naga::front::wgsl::parse_str(source).map_err(|error| error.emit_to_string(source))?;
    let info =
        Validator::new(ValidationFlags::all(), Capabilities::FLOAT64 | Capabilities::SHADER_INT64)
            .validate(&module)
            .map_err(|error| error.emit_to_string(source))?;
    shader_lints::forbid_what_spirv_lacks(&module, &info)?;
    let [entry] = module.entry_points.as_slice() else {
        return Err(format!("{} entry points instead of one", module.entry_points.len()).into());
    };
    let mut text = String::new();
    writeln!(text, "pub static {}: Kernel = Kernel {{", name.to_uppercase())?;
    writeln!(text, "    name: {name:?},\n    entry: {:?},", entry.name)?;
    writeln!(text, "    workgroup_size: {:?},", entry.workgroup_size)?;
    writeln!(text, "    workgroup_bytes: {},", workgroup_bytes(&module)?)?;
    writeln!(text, "    bindings: &[{}],", bindings(&module)?)?;
    writeln!(text, "    structs: &[{}],", structs(&module))?;
    writeln!(text, "    source: {source:?},\n}};")?;
    writeln!(text, "/// Constants of `{DIRECTORY}/{name}.wesl`.\npub mod {name} {{")?;
    for (_, constant) in module.constants.iter() {
        let value = &module.global_expressions[constant.init];
        // Names of shared modules come mangled, in small letters; theirs stay in the shader.
        let own = constant.name.as_ref().filter(|name| !name.contains(char::is_lowercase));
        match (own, value) {
            (Some(name), Expression::Literal(Literal::U32(value))) => {
                writeln!(text, "    pub const {name}: u32 = {value};")?;
            }
            (Some(name), Expression::Literal(Literal::F64(value))) => {
                writeln!(text, "    pub const {name}: f64 = {value:?};")?;
            }
            _ => {}
        }
    }
    text.push_str("}\n");
    Ok(text)
}

fn bindings(module: &Module) -> Result<String, Box<dyn Error>> {
    let mut text = String::new();
    for (_, variable) in module.global_variables.iter() {
        let Some(binding) = &variable.binding else { continue };
        let AddressSpace::Storage { access } = variable.space else {
            return Err("a binding that is not a storage buffer".into());
        };
        let access = if access.contains(StorageAccess::STORE) { "ReadWrite" } else { "Read" };
        let name = variable.name.as_deref().unwrap_or_default();
        write!(
            text,
            "Binding {{ group: {}, binding: {}, name: {name:?}, access: Access::{access} }}, ",
            binding.group, binding.binding
        )?;
    }
    Ok(text)
}

fn structs(module: &Module) -> String {
    let mut text = String::new();
    for (_, ty) in module.types.iter() {
        let (Some(name), TypeInner::Struct { members, span }) = (&ty.name, &ty.inner) else {
            continue;
        };
        text.push_str(&format!("Layout {{ name: {name:?}, size: {span}, members: &["));
        for member in members {
            let name = member.name.as_deref().unwrap_or_default();
            text.push_str(&format!("({name:?}, {}), ", member.offset));
        }
        text.push_str("] }, ");
    }
    text
}

fn workgroup_bytes(module: &Module) -> Result<u32, Box<dyn Error>> {
    let mut bytes = 0;
    for (_, variable) in module.global_variables.iter() {
        if variable.space == AddressSpace::WorkGroup {
            bytes += module.types[variable.ty].inner.size(module.to_ctx());
        }
    }
    Ok(bytes)
}
