//! Every shipped kernel: valid for naga and for spirv-val, with the bindings and sizes the host was
//! told; and the build's own lint sees what it is there for.
#![allow(clippy::panic)] // a test ends so
use edgestate::linalg::gpu::shaders::{ALL, Access, Kernel};
use naga::back::spv;
use naga::valid::{Capabilities, ModuleInfo, ValidationFlags, Validator};
use naga::{AddressSpace, Module, StorageAccess, TypeInner};
use std::io::Write;
use std::process::{Command, Stdio};

#[path = "../build/shader_lints.rs"]
mod shader_lints;

fn parse(source: &str) -> (Module, ModuleInfo) {
    let module = naga::front::wgsl::parse_str(source).expect("parses");
    let capabilities =
        Capabilities::FLOAT64 | Capabilities::SHADER_INT64 | Capabilities::IMMEDIATES;
    let info =
        Validator::new(ValidationFlags::all(), capabilities).validate(&module).expect("is valid");
    (module, info)
}

/// Words of the SPIR-V that naga emits, with the bounds checks wgpu asks for.
fn spirv(kernel: &Kernel) -> Vec<u32> {
    let (module, info) = parse(kernel.source);
    let policies = naga::proc::BoundsCheckPolicies {
        index: naga::proc::BoundsCheckPolicy::Restrict,
        buffer: naga::proc::BoundsCheckPolicy::Restrict,
        ..Default::default()
    };
    let options = spv::Options {
        lang_version: (1, 3),
        bounds_check_policies: policies,
        ..Default::default()
    };
    spv::write_vec(&module, &info, &options, None).expect("SPIR-V")
}

#[test]
fn table_says_what_the_shaders_say() {
    assert!(!ALL.is_empty());
    for kernel in ALL {
        let (module, _) = parse(kernel.source);
        let [entry] = module.entry_points.as_slice() else { panic!("one entry point") };
        assert_eq!(
            (entry.name.as_str(), entry.workgroup_size),
            (kernel.entry, kernel.workgroup_size)
        );
        let mut bound = 0;
        let mut workgroup_bytes = 0;
        for (_, variable) in module.global_variables.iter() {
            if variable.space == AddressSpace::WorkGroup {
                workgroup_bytes += module.types[variable.ty].inner.size(module.to_ctx());
            }
            let Some(binding) = &variable.binding else { continue };
            let told = kernel
                .bindings
                .iter()
                .find(|told| (told.group, told.binding) == (binding.group, binding.binding))
                .expect("the binding is in the table");
            assert_eq!(variable.name.as_deref(), Some(told.name));
            let AddressSpace::Storage { access } = variable.space else { panic!("{}", told.name) };
            let writes = access.contains(StorageAccess::STORE);
            assert_eq!(told.access == Access::ReadWrite, writes, "{}", told.name);
            bound += 1;
        }
        assert_eq!(bound, kernel.bindings.len());
        assert_eq!(workgroup_bytes, kernel.workgroup_bytes);
        for layout in kernel.structs {
            // A struct of a shared module carries the module's path in the linked text.
            let imported = format!("_{}", layout.name);
            let found = module.types.iter().find(|(_, ty)| {
                let name = ty.name.as_deref().unwrap_or_default();
                name == layout.name || name.ends_with(&imported)
            });
            let TypeInner::Struct { members, span } = &found.expect("the struct").1.inner else {
                panic!("{} is no struct", layout.name)
            };
            assert_eq!(*span as usize, layout.size);
            let offsets: Vec<_> = members.iter().map(|m| (m.name.as_deref(), m.offset)).collect();
            let told: Vec<_> =
                layout.members.iter().map(|&(name, at)| (Some(name), at as u32)).collect();
            assert_eq!(offsets, told, "{} {}", kernel.name, layout.name);
        }
    }
}

/// Bindings are numbered from 0 without gaps in group 0: the host hands buffers over in this order.
#[test]
fn bindings_are_in_order() {
    for kernel in ALL {
        for (index, binding) in kernel.bindings.iter().enumerate() {
            assert_eq!((binding.group, binding.binding as usize), (0, index), "{}", kernel.name);
        }
    }
}

#[test]
fn spirv_val_accepts_every_kernel() {
    for kernel in ALL {
        let words = spirv(kernel);
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let Some(verdict) = spirv_val(&bytes) else {
            assert!(!required(), "spirv-val is missing: scripts/fetch-vulkan.sh brings it");
            println!("spirv-val is not installed: only naga has checked the kernels");
            return;
        };
        assert!(verdict.is_ok(), "{}: {}", kernel.name, verdict.unwrap_err());
        // The validator does reject: a result id used before its definition.
        let mut broken = bytes;
        broken.truncate(broken.len() - 4);
        assert!(spirv_val(&broken).expect("still there").is_err());
    }
}

/// `None` without the program (the test runner puts .build/vulkan/usr/bin on PATH).
fn spirv_val(bytes: &[u8]) -> Option<Result<(), String>> {
    let mut child = Command::new("spirv-val")
        .args(["--target-env", "vulkan1.2", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    child.stdin.take().expect("piped").write_all(bytes).expect("spirv-val reads");
    let output = child.wait_with_output().expect("spirv-val ends");
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    Some(if output.status.success() { Ok(()) } else { Err(text.into_owned()) })
}

fn required() -> bool {
    std::env::var("EDGESTATE_REQUIRE_VULKAN").is_ok_and(|value| value == "1")
}

#[test]
fn the_lint_refuses_functions_that_spirv_lacks() {
    let kernel = |expression: &str| {
        format!(
            "@group(0) @binding(0) var<storage, read_write> x: array<f64>;
             fn helper(y: f64) -> f64 {{ return {expression}; }}
             @compute @workgroup_size(1) fn main() {{ x[0] = helper(x[1]); }}"
        )
    };
    let lint = |expression: &str| {
        let (module, info) = parse(&kernel(expression));
        shader_lints::forbid_what_spirv_lacks(&module, &info)
    };
    for good in ["sqrt(y)", "abs(y)", "floor(y)", "f64(exp(f32(y)))"] {
        lint(good).expect(good);
    }
    for bad in ["exp(y)", "log(y)", "sin(y)", "pow(y, y)", "atan2(y, y)", "fma(y, y, y)"] {
        assert!(lint(bad).is_err(), "{bad} must be refused");
    }
}
