//! Links every kernel in `shaders/` (the files that hold an entry point; twice, real and complex,
//! where they speak of `Scalar`), validates it and writes a table of what the host must know about it, read from
//! naga's representation: a broken shader is a compile error, and no number is written twice.
use std::error::Error;
use std::fmt::Write;
use std::path::Path;

use naga::valid::{Capabilities, ValidationFlags, Validator};
use naga::{AddressSpace, Expression, Literal, Module, StorageAccess, TypeInner};

#[path = "shader_lints.rs"]
mod shader_lints;

const DIRECTORY: &str = "shaders";
/// Kernels for devices without f64: their `Real` is f32.
const SINGLE: &str = "mixed_";

pub fn build() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={DIRECTORY}");
    // Name of the kernel, of its file, and whether its numbers are complex.
    let mut kernels = Vec::new();
    for entry in std::fs::read_dir(DIRECTORY)? {
        let path = entry?.path();
        let Some(name) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
        if path.extension().is_none_or(|extension| extension != "wesl") {
            continue;
        }
        let text = std::fs::read_to_string(&path)?;
        if text.contains("@compute") {
            kernels.push((name.to_owned(), name.to_owned(), false));
            if text.contains("Scalar") {
                kernels.push((format!("{name}_complex"), name.to_owned(), true));
            }
        }
    }
    kernels.sort();
    let mut table = String::from("// Written by build/shaders.rs.\n");
    for (name, file, complex) in &kernels {
        let source = link(file, *complex)?;
        let kernel = describe(name, &source)
            .map_err(|error| format!("{DIRECTORY}/{file}.wesl is not a valid kernel\n{error}"))?;
        table.push_str(&kernel);
    }
    table.push_str("pub static ALL: &[&Kernel] = &[");
    for (name, _, _) in &kernels {
        write!(table, "&{}, ", name.to_uppercase())?;
    }
    table.push_str("];\n");
    let directory = std::env::var("OUT_DIR")?;
    std::fs::write(Path::new(&directory).join("shaders.rs"), table)?;
    Ok(())
}

/// WGSL text of a kernel with all its imports; `Scalar` is complex or real.
fn link(name: &str, complex: bool) -> Result<String, Box<dyn Error>> {
    let path = format!("package::{name}").parse()?;
    let linked = wesl::Wesl::new(DIRECTORY)
        .set_feature("complex", complex)
        .set_feature("single", name.starts_with(SINGLE))
        .compile(&path)
        .map_err(|error| format!("{DIRECTORY}/{name}.wesl does not link\n{error}"))?;
    Ok(linked.to_string())
}

/// The table's entry for one kernel.
fn describe(name: &str, source: &str) -> Result<String, Box<dyn Error>> {
    let module =
        naga::front::wgsl::parse_str(source).map_err(|error| error.emit_to_string(source))?;
    let capabilities =
        Capabilities::FLOAT64 | Capabilities::SHADER_INT64 | Capabilities::IMMEDIATES;
    let info = Validator::new(ValidationFlags::all(), capabilities)
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
        if let (Some(name), Expression::Literal(Literal::U32(value))) = (&constant.name, value) {
            writeln!(text, "    pub const {}: u32 = {value};", plain(name))?;
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
        let name = plain(name);
        text.push_str(&format!("Layout {{ name: {name:?}, size: {span}, members: &["));
        for member in members {
            let name = member.name.as_deref().unwrap_or_default();
            text.push_str(&format!("({name:?}, {}), ", member.offset));
        }
        text.push_str("] }, ");
    }
    text
}

/// Name of an item that the linker has given its module's path: `package_large__1SLOT_G` is
/// `SLOT_G` of `large.wesl` (the digit counts the underscores that are its own).
fn plain(name: &str) -> &str {
    let Some((_, item)) = name.strip_prefix("package_").and_then(|rest| rest.split_once('_'))
    else {
        return name;
    };
    let own =
        item.strip_prefix('_').and_then(|rest| rest.strip_prefix(|c: char| c.is_ascii_digit()));
    own.unwrap_or(item)
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
