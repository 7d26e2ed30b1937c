//! What naga lets through and a driver then computes wrongly. The tests include this file too.
use naga::valid::{FunctionInfo, ModuleInfo};
use naga::{Expression, Function, MathFunction, Module, ScalarKind};

/// SPIR-V has no transcendental functions of f64; naga emits them all the same, and drivers compute
/// nonsense (gfx-rs/wgpu issue 6087). `fma` may or may not be fused.
pub fn forbid_what_spirv_lacks(module: &Module, info: &ModuleInfo) -> Result<(), String> {
    for (handle, function) in module.functions.iter() {
        forbid_in(module, function, &info[handle])?;
    }
    for (index, entry) in module.entry_points.iter().enumerate() {
        forbid_in(module, &entry.function, info.get_entry_point(index))?;
    }
    Ok(())
}

fn forbid_in(module: &Module, function: &Function, info: &FunctionInfo) -> Result<(), String> {
    use MathFunction as M;
    for (_, expression) in function.expressions.iter() {
        let Expression::Math { fun, arg, .. } = expression else { continue };
        let scalar = info[*arg].ty.inner_with(&module.types).scalar();
        let is_f64 =
            scalar.is_some_and(|scalar| scalar.kind == ScalarKind::Float && scalar.width == 8);
        let exists = matches!(
            fun,
            M::Abs
                | M::Min
                | M::Max
                | M::Clamp
                | M::Saturate
                | M::Sign
                | M::Sqrt
                | M::InverseSqrt
                | M::Floor
                | M::Ceil
                | M::Round
                | M::Trunc
                | M::Fract
                | M::Step
                | M::Mix
                | M::Dot
                | M::Length
                | M::Distance
                | M::Cross
                | M::Normalize
                | M::Ldexp
                | M::Frexp
                | M::Modf
        );
        if is_f64 && !exists {
            let place = function.name.as_deref().unwrap_or("the entry point");
            return Err(format!("{fun:?} of an f64 in {place}: SPIR-V has no such function"));
        }
    }
    Ok(())
}
