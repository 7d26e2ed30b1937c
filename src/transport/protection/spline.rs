//! Natural cubic splines of tabulated profiles.
use crate::invalid::Invalid;
use crate::transport::finite;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Spline {
    x: Vec<f64>,
    y: Vec<f64>,
    /// Second derivatives at the nodes.
    curvature: Vec<f64>,
}

impl Spline {
    /// At least two nodes, x increasing.
    pub fn new(field: &str, x: &[f64], y: &[f64]) -> Result<Self, Invalid> {
        if x.len() < 2 || x.len() != y.len() {
            let expected = format!("as many values as positions ({}), at least 2", x.len());
            return Err(Invalid::new(field, y.len(), expected));
        }
        for value in x.iter().chain(y) {
            finite(field, *value)?;
        }
        if let Some(pair) = x.windows(2).find(|pair| pair[1] <= pair[0]) {
            return Err(Invalid::new(field, pair[1], "positions that increase"));
        }
        let n = x.len();
        // Thomas algorithm: h_{i-1} c_{i-1} + 2 (h_{i-1} + h_i) c_i + h_i c_{i+1} = 6 (slopes'
        // change).
        let mut upper = vec![0.0; n];
        let mut curvature = vec![0.0; n];
        for i in 1..n - 1 {
            let (h0, h1) = (x[i] - x[i - 1], x[i + 1] - x[i]);
            let change = (y[i + 1] - y[i]) / h1 - (y[i] - y[i - 1]) / h0;
            let pivot = 2.0 * (h0 + h1) - h0 * upper[i - 1];
            upper[i] = h1 / pivot;
            curvature[i] = (6.0 * change - h0 * curvature[i - 1]) / pivot;
        }
        for i in (1..n - 1).rev() {
            curvature[i] -= upper[i] * curvature[i + 1];
        }
        Ok(Self { x: x.to_vec(), y: y.to_vec(), curvature })
    }

    /// Value and slope; the end pieces continue beyond the table.
    pub fn at(&self, x: f64) -> (f64, f64) {
        let i = self.x.partition_point(|node| *node <= x).clamp(1, self.x.len() - 1);
        let (left, right) = (self.x[i - 1], self.x[i]);
        let h = right - left;
        let (a, b) = ((right - x) / h, (x - left) / h);
        let (c0, c1) = (self.curvature[i - 1], self.curvature[i]);
        let value = a * self.y[i - 1]
            + b * self.y[i]
            + ((a * a * a - a) * c0 + (b * b * b - b) * c1) * h * h / 6.0;
        let slope = (self.y[i] - self.y[i - 1]) / h
            + ((3.0 * b * b - 1.0) * c1 - (3.0 * a * a - 1.0) * c0) * h / 6.0;
        (value, slope)
    }

    pub fn ends(&self) -> (f64, f64) {
        (self.x[0], self.x[self.x.len() - 1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A straight line exactly; a sine with its slope to fourth order, where its curvature ends in
    /// 0.
    #[test]
    fn spline_follows_its_function() {
        let x: Vec<f64> = (0..=40).map(|i| std::f64::consts::PI * f64::from(i) / 40.0).collect();
        let line: Vec<f64> = x.iter().map(|x| 2.0 - 3.0 * x).collect();
        let sine: Vec<f64> = x.iter().map(|x| x.sin()).collect();
        let (line, sine) =
            (Spline::new("t", &x, &line).unwrap(), Spline::new("t", &x, &sine).unwrap());
        for i in 0..=100 {
            let at = std::f64::consts::PI * f64::from(i) / 100.0;
            let (value, slope) = line.at(at);
            assert!((value - 2.0 + 3.0 * at).abs() < 1e-13 && (slope + 3.0).abs() < 1e-13);
            let (value, slope) = sine.at(at);
            // h^4/384 and h^3/24 of the fourth derivative, h = pi/40.
            assert!((value - at.sin()).abs() < 2e-7, "{at}: {value}");
            assert!((slope - at.cos()).abs() < 3e-5, "{at}: {slope}");
        }
        assert!(Spline::new("t", &[0.0, 0.0], &[1.0, 1.0]).is_err());
        assert!(Spline::new("t", &[0.0], &[1.0]).is_err());
    }
}
