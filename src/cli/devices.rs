//! `edgestate devices`
use serde_json::{Value, json};

use super::{DevicesArgs, Exit, fail, print};
use crate::jobs::worker::machine;

pub fn devices(args: &DevicesArgs) -> Exit {
    let rows = match rows() {
        Ok(rows) => rows,
        Err(error) => return fail(&error),
    };
    let text = if args.json {
        let devices: Vec<Value> = rows.iter().map(Row::to_json).collect();
        format!("{}\n", json!({ "devices": devices }))
    } else {
        rows.iter().map(Row::to_text).collect()
    };
    match print(&text) {
        Ok(()) => Exit::Done,
        Err(error) => fail(&error),
    }
}

struct Row {
    name: String,
    description: String,
    driver: String,
    threads: usize,
    shader_f64: bool,
}

impl Row {
    fn to_json(&self) -> Value {
        json!({
            "name": self.name,
            "description": self.description,
            "driver": self.driver,
            "threads": self.threads,
            "shader_f64": self.shader_f64,
        })
    }

    fn to_text(&self) -> String {
        let Self { name, description, .. } = self;
        if self.threads > 0 {
            return format!("{name:<8} {description}, {} threads\n", self.threads);
        }
        let f64 = if self.shader_f64 { "f64 shaders" } else { "no f64 shaders" };
        format!("{name:<8} {description}, {} ({f64})\n", self.driver)
    }
}

fn rows() -> Result<Vec<Row>, machine::OpenError> {
    let cpu = machine::open("cpu", None)?;
    Ok(vec![Row {
        name: "cpu".to_owned(),
        description: cpu.name(),
        driver: String::new(),
        threads: machine::cores(),
        shader_f64: false,
    }])
}
