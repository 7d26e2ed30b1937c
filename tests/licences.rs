//! Every dependency has a licence with a permissive choice (of the host's dependency tree; the
//! others are not downloaded).
use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

const PERMISSIVE: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "Unlicense",
    "Zlib",
];

#[test]
fn every_dependency_offers_a_permissive_licence() {
    let packages = resolved_packages();
    assert!(packages.len() > 50, "only {} packages: is the metadata complete?", packages.len());
    let refused: Vec<String> = packages
        .iter()
        .filter(|(_, licence)| !licence.as_deref().is_some_and(is_permissive))
        .map(|(name, licence)| format!("{name}: {}", licence.as_deref().unwrap_or("(none)")))
        .collect();
    assert!(refused.is_empty(), "no permissive choice:\n{}", refused.join("\n"));
}

#[test]
fn expressions_are_read_with_their_precedence() {
    for (expression, expected) in [
        ("MIT", true),
        ("GPL-3.0-only", false),
        ("MIT OR GPL-3.0-only", true),
        ("MIT AND GPL-3.0-only", false),
        // AND binds more tightly than OR.
        ("MIT OR Apache-2.0 AND GPL-3.0-only", true),
        ("(MIT OR Apache-2.0) AND GPL-3.0-only", false),
        ("(MIT OR GPL-3.0-only) AND Unicode-3.0", true),
        ("Apache-2.0 WITH LLVM-exception OR GPL-2.0-only", true),
        ("GPL-2.0-only WITH Classpath-exception-2.0", false),
        ("MIT/Apache-2.0", true),
        ("", false),
        ("(MIT", false),
        ("MIT GPL-3.0-only", false),
    ] {
        assert_eq!(is_permissive(expression), expected, "{expression}");
    }
}

/// Name and version to licence expression, of everything the host's build resolves to.
fn resolved_packages() -> BTreeMap<String, Option<String>> {
    let version = output(Command::new("rustc").arg("-vV"));
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).expect("a host line");
    let text = output(Command::new(env!("CARGO")).args([
        "metadata",
        "--offline",
        "--locked",
        "--format-version=1",
        "--filter-platform",
        host,
        "--manifest-path",
        concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
    ]));
    let metadata: Value = serde_json::from_str(&text).expect("cargo writes JSON");
    let resolved: Vec<&str> = metadata["resolve"]["nodes"]
        .as_array()
        .expect("a list of nodes")
        .iter()
        .filter_map(|node| node["id"].as_str())
        .collect();
    let packages = metadata["packages"].as_array().expect("a list of packages");
    packages
        .iter()
        .filter(|package| package["id"].as_str().is_some_and(|id| resolved.contains(&id)))
        .map(|package| {
            let name = format!("{} {}", package["name"], package["version"]).replace('"', "");
            (name, package["license"].as_str().map(str::to_owned))
        })
        .collect()
}

fn output(command: &mut Command) -> String {
    let done = command.output().expect("the toolchain that runs this test");
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).expect("UTF-8")
}

/// Whether an SPDX expression can be satisfied with permissive licences alone.
fn is_permissive(expression: &str) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut words: Vec<&str> = spaced.split_whitespace().rev().collect();
    any_of(&mut words) == Some(true) && words.is_empty()
}

// Each reads from the end of `words` (they are reversed) and is None where the text is no expression.
fn any_of(words: &mut Vec<&str>) -> Option<bool> {
    let mut satisfied = all_of(words)?;
    while words.last() == Some(&"OR") {
        words.pop();
        satisfied |= all_of(words)?;
    }
    Some(satisfied)
}

fn all_of(words: &mut Vec<&str>) -> Option<bool> {
    let mut satisfied = one(words)?;
    while words.last() == Some(&"AND") {
        words.pop();
        satisfied &= one(words)?;
    }
    Some(satisfied)
}

fn one(words: &mut Vec<&str>) -> Option<bool> {
    let word = words.pop()?;
    if word == "(" {
        let inner = any_of(words)?;
        return (words.pop()? == ")").then_some(inner);
    }
    let mut licence = word.to_owned();
    if words.last() == Some(&"WITH") {
        words.pop();
        licence = format!("{licence} WITH {}", words.pop()?);
    }
    Some(PERMISSIVE.contains(&licence.as_str()))
}
