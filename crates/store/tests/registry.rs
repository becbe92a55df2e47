#![cfg(test)]
//! Every statement is one both engines understand, with the arity its callers use.

use store::statements;

testkit::on_both_engines! {
    fn every_statement_prepares_with_its_arity(house) {
        let store = house.open(None).await;
        let mut count = 0;
        for sql in statements::all() {
            let arity = store.prepare(sql).await.unwrap();
            assert_eq!(arity, sql.arity, "{}", sql.name);
            count += 1;
        }
        assert!(count > 30, "the registry has shrunk to {count}");
    }
}

#[test]
fn names_are_unique() {
    let mut names: Vec<_> = statements::all().map(|sql| sql.name).collect();
    names.sort_unstable();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all);
}
