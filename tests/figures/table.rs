//! Reading the tables back.
use edgestate::plot::Figure;

#[derive(Debug)]
pub struct Row {
    pub panel: usize,
    pub series: String,
    pub x: f64,
    pub y: f64,
    pub upper: f64,
    pub value: f64,
}

/// The table beside a figure.
#[derive(Debug)]
pub struct Table {
    pub comments: Vec<String>,
    pub rows: Vec<Row>,
}

impl Table {
    pub fn of(figure: &Figure) -> Self {
        Self::parse(&figure.csv("test").unwrap())
    }

    pub fn parse(text: &str) -> Self {
        let (comments, mut lines): (Vec<&str>, Vec<&str>) =
            text.lines().partition(|line| line.starts_with('#'));
        assert_eq!(lines.remove(0), "panel,series,x,y,upper,value");
        let comments = comments.into_iter().map(str::to_owned).collect();
        Self { comments, rows: lines.into_iter().map(row).collect() }
    }

    /// y of a series at x.
    #[track_caller]
    pub fn y(&self, panel: usize, series: &str, x: f64) -> f64 {
        let (value, _) = self.nearest(panel, series, x);
        value
    }

    fn nearest(&self, panel: usize, series: &str, x: f64) -> (f64, f64) {
        let here = self.series(panel, series);
        let near = |row: &&&Row| (row.x - x).abs() <= 1e-9 * x.abs().max(1e-9);
        let found = here.iter().find(near);
        found.map_or_else(|| panic!("no {series} at {x} in panel {panel}"), |row| (row.y, row.x))
    }

    #[track_caller]
    pub fn series(&self, panel: usize, series: &str) -> Vec<&Row> {
        let here = |row: &&Row| row.panel == panel && row.series == series;
        let rows: Vec<&Row> = self.rows.iter().filter(here).collect();
        assert!(!rows.is_empty(), "no series {series} in panel {panel}");
        rows
    }

    /// Value of the map at a cell.
    #[track_caller]
    pub fn cell(&self, panel: usize, x: f64, y: f64) -> f64 {
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * b.abs();
        let here = |row: &&Row| {
            row.panel == panel && !row.value.is_nan() && near(row.x, x) && near(row.y, y)
        };
        self.rows.iter().find(here).map(|row| row.value).unwrap()
    }

    /// A parameter among the comments.
    #[track_caller]
    pub fn parameter(&self, name: &str) -> f64 {
        let start = format!("# parameter: {name} = ");
        let found = self.comments.iter().find_map(|line| line.strip_prefix(&start));
        found.unwrap().parse().unwrap()
    }
}

/// One line: quotes around a text that holds commas; an empty cell is NaN.
fn row(line: &str) -> Row {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    let mut rest = line.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '"' if quoted && rest.peek() == Some(&'"') => {
                rest.next();
                cells.last_mut().unwrap().push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            character => cells.last_mut().unwrap().push(character),
        }
    }
    assert_eq!(cells.len(), 6, "{line}");
    let number = |text: &str| if text.is_empty() { f64::NAN } else { text.parse().unwrap() };
    Row {
        panel: cells[0].parse().unwrap(),
        series: cells[1].clone(),
        x: number(&cells[2]),
        y: number(&cells[3]),
        upper: number(&cells[4]),
        value: number(&cells[5]),
    }
}
