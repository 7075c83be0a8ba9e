// The front matter that the templates of all languages share: a plugin that greets, with parameters, a result and a test.

export function greetingFrontMatter(name: string, language: string): string {
  return `---
name: ${name}
description: Greet somebody and count the notes of the kiln
version: 0.1.0
language: ${language}
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
`;
}
