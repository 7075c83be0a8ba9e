// The Rune template of cru plugins new: a whole plugin with documentation and tests.

export function runeTemplate(name: string): string {
  return `---
name: ${name}
description: Greet somebody and count the notes of the kiln
version: 0.1.0
language: rune
capabilities: [KilnRead]
parameters:
  name:
    type: string
    description: Who is greeted
    required: true
returns:
  type: object
  properties:
    greeting: string
    notes: integer
tests:
  - name: greets by name
    params: { name: Ada }
---

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
