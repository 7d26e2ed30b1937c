//! `texture-integrals`: the functions I_c, I_s below Eq. (14).
use super::output::{Output, dimensions};
use super::place::list;
use super::{Question, Understood};
use crate::engine::{Answer, Cost, Range, Reader, Section};
use crate::stop::Stop;
use crate::transport::TransportError;
use crate::transport::conductance::texture_integral;

/// X = 8 t^2.
struct Integrals(Vec<f64>);

pub(super) fn read(reader: &Reader<'_>, _calculation: &Section<'_, '_>) -> Understood {
    let integrals = reader.section("integrals");
    // The number of nodes grows with the argument.
    let arguments = list(&integrals, "argument", Range::between(-1e4, 1e4), 10_000);
    reader.clean().then(|| Box::new(Integrals(arguments)) as Box<dyn Question>)
}

impl Question for Integrals {
    fn cost(&self) -> Cost {
        let nodes: f64 = self.0.iter().map(|x| 60.0 + 31.0 * (x.abs().sqrt() * 2.0 + 7.0)).sum();
        Cost {
            core_seconds: 1e-5 + 1.5e-7 * nodes,
            memory_bytes: 1 << 20,
            result_bytes: 24 * self.0.len() as u64,
            decided_by: "integrals.argument",
        }
    }

    fn answer(&self, _stop: &dyn Stop) -> Result<Answer, TransportError> {
        let mut out = Output::default();
        let over = dimensions(&[("argument", self.0.len())]);
        if !over.is_empty() {
            out.coordinate("argument", "1", "X = 8 (T/(vF k0))^2", &self.0);
        }
        let values: Vec<_> = self.0.iter().map(|x| texture_integral(*x)).collect();
        let (cos, sin) = (values.iter().map(|v| v.re), values.iter().map(|v| v.im));
        out.real("ic", "1", "int_0^inf de cos(X e^2)/cosh^2 e", &over, cos.collect());
        out.real("is", "1", "int_0^inf de sin(X e^2)/cosh^2 e", &over, sin.collect());
        Ok(out.answer())
    }
}
