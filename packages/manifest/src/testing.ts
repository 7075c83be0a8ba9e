// Front matter that tests of several packages read (`@crucible/manifest/testing`).

/** The front matter of the scenario "Example Rune plugin frontmatter", verbatim. */
export const exampleFrontMatter: string = `---
name: dice-roller
description: Roll dice using standard notation (2d6+3)
version: 1.0.0
author: user@example.com
language: rune
capabilities: [KilnRead]
parameters:
  expression:
    type: string
    description: Dice notation (e.g., "2d6+3", "1d20")
    required: true
returns:
  type: object
  properties:
    expression: string
    result: number
    rolls: array
---
`;
