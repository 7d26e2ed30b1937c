//! `ladder`: the coefficients of the Wilson ladder (A34).
use super::fields::{self, DISTANCE};
use super::write::Output;
use super::{Failure, Means, Question, Understood};
use crate::engine::{Answer, Cost, Reader};
use crate::nrg::{Channels, Ladder, RawDiscretization, Scheme, channels};

const MAX_RUNGS: u32 = 400;

struct Coefficients {
    lambda: f64,
    z: Vec<f64>,
    scheme: Scheme,
    distance: u64,
    shells: u32,
}

pub(super) fn read(reader: &Reader<'_>) -> Understood {
    let distance = fields::required(&reader.section("model"), "distance", DISTANCE);
    let discretization = fields::discretization(reader, 4.0);
    let shells = reader.section("run").count_or("shells", 60, 1, MAX_RUNGS);
    if !reader.clean() {
        return None;
    }
    let RawDiscretization { lambda, z, scheme } = discretization?;
    let distance = distance as u64;
    Some(Box::new(Coefficients { lambda: lambda?, z, scheme: scheme?, distance, shells }))
}

impl Coefficients {
    /// Below E_x: the couplings of both channels, in the places of the legs'; NaN above.
    fn write_channels(&self, out: &mut Output) -> Result<(), Failure> {
        let of = |&z: &f64| channels(self.lambda, z, self.scheme, self.distance, self.shells);
        let found: Vec<Channels> = self.z.iter().map(of).collect::<Result<_, _>>()?;
        let dimensions = [("z", self.z.len()), ("shell", self.shells as usize)];
        for (eta, sign) in ["plus", "minus"].into_iter().enumerate() {
            let mut values = vec![f64::NAN; self.z.len() * self.shells as usize];
            for (chains, row) in found.iter().zip(values.chunks_mut(self.shells as usize)) {
                let places = row.iter_mut().skip(chains.first as usize + 1);
                places.zip(&chains.couplings[eta]).for_each(|(place, t)| *place = *t);
            }
            let text = format!("couples sites n - 1 and n of the decoupled channel c_{sign}");
            out.real((&format!("channel_{sign}"), "D", &text), &dimensions, values);
        }
        Ok(())
    }
}

impl Question for Coefficients {
    fn cost(&self, _memory_bytes: u64) -> Cost {
        let (z, shells) = (self.z.len() as f64, f64::from(self.shells));
        let levels = 0.5 * shells + 30.0 / self.lambda.log10() + 10.0;
        Cost {
            core_seconds: 1e-3 + z * 6e-8 * shells * shells * levels,
            memory_bytes: (1 << 20) + (64.0 * shells * levels) as u64,
            result_bytes: (48.0 * z * shells) as u64,
            decided_by: "run.shells",
        }
    }

    fn answer(&self, means: Means<'_>) -> Result<Answer, Failure> {
        let mut out = Output::default();
        let mut ladders = Vec::with_capacity(self.z.len());
        for &z in &self.z {
            if means.stop.stopped() {
                return Err(crate::linalg::LinalgError::Stopped.into());
            }
            ladders.push(Ladder::new(self.lambda, z, self.scheme, self.distance, self.shells)?);
            (means.progress)(ladders.len() as f64 / self.z.len() as f64);
        }
        out.coordinate("z", "1", "shift of the discretization", &self.z);
        let numbers: Vec<f64> = (0..self.shells).map(f64::from).collect();
        out.coordinate("shell", "1", "rung n", &numbers);
        let dimensions = [("z", self.z.len()), ("shell", self.shells as usize)];
        let all = |of: &dyn Fn(&Ladder) -> Vec<f64>| ladders.iter().flat_map(of).collect();
        let omegas = |ladder: &Ladder| (0..self.shells).map(|n| ladder.omega(n)).collect();
        out.real(("omega", "D", "energy scale of the shell"), &dimensions, all(&omegas));
        out.real(("a", "D", "couples f_n+ and f_n-"), &dimensions, all(&|l| l.a.clone()));
        let text = "couples f_(n-1)+ and f_n+; at n = 0 sqrt(1 + r_0) (A37)";
        out.real(("b_plus", "D", text), &dimensions, all(&|l| l.b[0].clone()));
        let text = "couples f_(n-1)- and f_n-; at n = 0 sqrt(1 - r_0) (A37)";
        out.real(("b_minus", "D", text), &dimensions, all(&|l| l.b[1].clone()));
        self.write_channels(&mut out)?;
        for ladder in &ladders {
            out.measure("ladder_orthogonality", ladder.orthogonality);
        }
        Ok(out.answer())
    }
}
