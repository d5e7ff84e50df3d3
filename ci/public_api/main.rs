//! The public API in a rustdoc JSON file, one item per line. A derived trait is one line, without its methods. `Send`,
//! `Sync` and `Unpin` are listed too, since losing one breaks programs.

use std::collections::HashSet;
use std::path::Path;
use std::{env, process};

fn main() {
    let [path] = &env::args().skip(1).collect::<Vec<_>>()[..] else {
        eprintln!("usage: public-api-listing FILE");
        process::exit(2);
    };
    let written: HashSet<String> = items(path.as_ref(), true).into_iter().collect();
    for item in items(path.as_ref(), false) {
        let is_noise = item.contains("::StructuralPartialEq ") || item.contains("'__pin");
        if (written.contains(&item) || item.starts_with("impl")) && !is_noise && !is_other_auto_trait(&item) {
            println!("{item}");
        }
    }
}

fn is_other_auto_trait(item: &str) -> bool {
    ["::Freeze for ", "::RefUnwindSafe for ", "::UnwindSafe for ", "::UnsafeUnpin for "]
        .iter()
        .any(|auto_trait| item.contains(auto_trait))
}

fn items(path: &Path, omit_derived: bool) -> Vec<String> {
    let api = public_api::Builder::from_rustdoc_json(path)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(omit_derived)
        .omit_auto_derived_impls(omit_derived)
        .build();
    match api {
        Ok(api) => api.items().map(ToString::to_string).collect(),
        Err(error) => {
            eprintln!("{}: {error}", path.display());
            process::exit(1);
        }
    }
}
