//! The BHZ model with Rashba coupling and bulk inversion asymmetry.
use super::RibbonError;
use crate::invalid::Invalid;

/// Parameters of the BHZ model with Rashba coupling, basis (E+, H+, E-, H-): energies in meV,
/// lengths in nm (specification of the ribbon, section 1).
///
/// `H = C - D k^2 + diag(M(k), -M(k), M(k), -M(k))` with `M(k) = M - B k^2`,
/// `<E+|H+> = A k_+`, `<E-|H-> = -A k_-`, `<E+|E-> = -i R0 k_-`,
/// `<E+|H-> = -Delta0 - S0 k_-^2`, `<H+|E-> = Delta0 + S0 k_-^2`, `<H+|H-> = i T0 k_-^3`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Model {
    /// A, meV nm.
    pub a_mev_nm: f64,
    /// B, meV nm^2.
    pub b_mev_nm2: f64,
    /// C, meV.
    pub c_mev: f64,
    /// D, meV nm^2.
    pub d_mev_nm2: f64,
    /// M, meV.
    pub m_mev: f64,
    /// R0, meV nm: Rashba coupling linear in k.
    pub rashba_mev_nm: f64,
    /// S0, meV nm^2: Rashba coupling of second order.
    pub rashba2_mev_nm2: f64,
    /// T0, meV nm^3: Rashba coupling of third order (lattice only).
    pub rashba3_mev_nm3: f64,
    /// Delta0, meV: bulk inversion asymmetry.
    pub bia_mev: f64,
}

impl Model {
    /// Finite values and B other than 0: enough for bulk bands and plain lattice bands.
    pub fn check(&self) -> Result<(), Invalid> {
        for (name, value) in self.fields() {
            if !value.is_finite() {
                return Err(Invalid::new(format!("model.{name}"), value, "a finite number"));
            }
        }
        if self.b_mev_nm2 == 0.0 {
            return Err(Invalid::new("model.b_mev_nm2", 0.0, "other than 0"));
        }
        Ok(())
    }

    /// Also the conditions for helical edge states: M/B > 0, |D| < |B|, A other than 0.
    pub fn check_topological(&self) -> Result<(), Invalid> {
        self.check()?;
        let refuse = |field: &str, value: f64, condition: &str| {
            let expected = format!("{condition} (there are no helical edge states otherwise)");
            Err(Invalid::new(format!("model.{field}"), value, expected))
        };
        if self.m_mev / self.b_mev_nm2 <= 0.0 {
            return refuse("m_mev", self.m_mev, "of the sign of b_mev_nm2, not 0");
        }
        if self.b_mev_nm2.abs() <= self.d_mev_nm2.abs() {
            return refuse("d_mev_nm2", self.d_mev_nm2, "|d_mev_nm2| < |b_mev_nm2|");
        }
        if self.a_mev_nm == 0.0 {
            return refuse("a_mev_nm", self.a_mev_nm, "other than 0");
        }
        Ok(())
    }

    /// The same material with another linear Rashba coupling, in meV nm.
    pub fn with_rashba(self, rashba_mev_nm: f64) -> Self {
        Self { rashba_mev_nm, ..self }
    }

    /// The same material with neither Rashba coupling nor inversion asymmetry.
    pub fn without_spin_mixing(self) -> Self {
        let (rashba2_mev_nm2, rashba3_mev_nm3, bia_mev) = (0.0, 0.0, 0.0);
        Self { rashba_mev_nm: 0.0, rashba2_mev_nm2, rashba3_mev_nm3, bia_mev, ..self }
    }

    fn fields(&self) -> [(&'static str, f64); 9] {
        [
            ("a_mev_nm", self.a_mev_nm),
            ("b_mev_nm2", self.b_mev_nm2),
            ("c_mev", self.c_mev),
            ("d_mev_nm2", self.d_mev_nm2),
            ("m_mev", self.m_mev),
            ("rashba_mev_nm", self.rashba_mev_nm),
            ("rashba2_mev_nm2", self.rashba2_mev_nm2),
            ("rashba3_mev_nm3", self.rashba3_mev_nm3),
            ("bia_mev", self.bia_mev),
        ]
    }
}

/// Materials with literature parameters (section 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// HgTe quantum well of 7 nm (Koenig 2008).
    HgTe7nm,
    /// InAs/GaSb double well of 10 nm each (Liu 2008; D from effective masses). Not from the paper.
    InAsGaSb10nm10nm,
}

/// How much of the Rashba coupling an electric field brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RashbaOrders {
    /// R0 only.
    Linear,
    /// R0, S0 and T0.
    All,
}

impl Preset {
    /// The material with a linear Rashba coupling R0 in meV nm and nothing else that mixes spins.
    pub fn model(self, rashba_mev_nm: f64) -> Model {
        let (a_mev_nm, b_mev_nm2, d_mev_nm2, m_mev) = match self {
            Self::HgTe7nm => (365.0, -686.0, -512.0, -10.0),
            Self::InAsGaSb10nm10nm => (37.0, -660.0, -580.0, -7.8),
        };
        Model {
            a_mev_nm,
            b_mev_nm2,
            c_mev: 0.0,
            d_mev_nm2,
            m_mev,
            rashba_mev_nm,
            rashba2_mev_nm2: 0.0,
            rashba3_mev_nm3: 0.0,
            bia_mev: 0.0,
        }
    }

    /// The material in an electric field `eE_z` in meV/nm (Rothe 2010). Errors: not finite, or a
    /// material of which the field's effect is not known (InAs/GaSb).
    pub fn in_field(
        self,
        field_mev_per_nm: f64,
        orders: RashbaOrders,
    ) -> Result<Model, RibbonError> {
        if !field_mev_per_nm.is_finite() {
            return Err(Invalid::new("field_mev_per_nm", field_mev_per_nm, "finite").into());
        }
        if self == Self::InAsGaSb10nm10nm {
            let expected = "a material of which R0(field) is known; give rashba_mev_nm instead";
            return Err(Invalid::new("material", "InAs/GaSb 10/10 nm", expected).into());
        }
        let linear = self.model(-15.6 * field_mev_per_nm);
        Ok(match orders {
            RashbaOrders::Linear => linear,
            RashbaOrders::All => Model {
                rashba2_mev_nm2: -2.10 * field_mev_per_nm,
                rashba3_mev_nm3: -8.91 * field_mev_per_nm,
                ..linear
            },
        })
    }
}
