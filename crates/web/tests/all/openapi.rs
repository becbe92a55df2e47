use std::collections::BTreeSet;

use serde_json::Value;
use testkit::House;
use web::route::table;

use crate::house::{STRANGER, ask, get, router};

#[test]
fn openapi_describes_the_table_and_nothing_else() {
    testkit::run(async {
        let house = House::sqlite();
        let router = router(house.app().await);
        let document = ask(&router, STRANGER, get("/api/v1/openapi.json")).await.json();
        let (mut described, mut names) = (BTreeSet::new(), BTreeSet::new());
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                described.insert((path.clone(), method.to_uppercase()));
                assert!(operation["summary"].is_string() || operation["description"].is_string(), "{method} {path}");
                assert!(names.insert(operation["operationId"].to_string()), "two are called so: {method} {path}");
                assert!(!operation["responses"].as_object().unwrap().is_empty());
            }
        }
        let api = table().into_iter().filter(|row| row.path.starts_with("/api/"));
        let listed: BTreeSet<_> = api.map(|row| (row.path.to_owned(), row.method.to_string())).collect();
        assert_eq!(described, listed);
        check_references(&document, &document);
        let schemas = document["components"]["schemas"].as_object().unwrap();
        for name in ["Problem", "NewAccountForm", "AccountView", "AccountPage"] {
            assert!(schemas.contains_key(name), "{name} is not among {:?}", schemas.keys());
        }
    });
}

/// Every `$ref` leads to something.
fn check_references(document: &Value, here: &Value) {
    if let Some(reference) = here.get("$ref").and_then(|r| r.as_str()) {
        assert!(document.pointer(reference.strip_prefix('#').unwrap()).is_some(), "{reference}");
    }
    let inside: Vec<_> = match here {
        Value::Object(members) => members.values().collect(),
        Value::Array(items) => items.iter().collect(),
        _ => vec![],
    };
    inside.into_iter().for_each(|inside| check_references(document, inside));
}
