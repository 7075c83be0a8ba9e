// The Rune template of cru plugins new: a whole plugin with documentation and tests.
import { greetingFrontMatter } from "./greeting.ts";

export function runeTemplate(name: string): string {
  return `${greetingFrontMatter(name, "rune")}
/// Greets \`params.name\` and tells how many notes the kiln has.
pub fn main(params) {
    let notes = crucible::list_notes("", #{ recursive: true })?;
    Ok(#{ greeting: greet(params.name), notes: notes.len() })
}

fn greet(name) {
    format!("Hello, {}!", name)
}

#[test]
fn greets_by_name() {
    assert_eq!(greet("Ada"), "Hello, Ada!");
}
`;
}
