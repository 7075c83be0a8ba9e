// Writes well-typed Rune programs from a tape of choices. A choice of 0 is always the simplest one and an exhausted tape
// gives zeros, so that programs end, and shorter or smaller tapes give simpler programs.

/** A type of the generated programs. */
export type ProgramType = "i64" | "f64" | "bool" | "char" | "String" | "vec" | "pair" | "option" | "point" | "shape";

/** A function that the program declares. */
interface Declared {
  readonly name: string;
  readonly parameters: readonly ProgramType[];
  readonly result: ProgramType;
}

interface Variable {
  readonly name: string;
  readonly type: ProgramType;
  /** Loop counters and the like are never assigned, so that loops end. */
  readonly fixed: boolean;
}

const SCALARS: readonly ProgramType[] = ["i64", "bool", "f64", "char", "String"];
const TYPES: readonly ProgramType[] = [...SCALARS, "vec", "pair", "option", "point", "shape"];
const DECLARATIONS = `struct Point { x, y }

impl Point {
  fn sum(self) { self.x % 1000 + self.y % 1000 }
  fn moved(self, by) { Point { x: self.x % 1000 + by % 1000, y: self.y } }
}

enum Shape { Empty, Round(radius), Square { side } }
`;
const MAX_DEPTH = 5;

/** Writes one program. */
export class ProgramWriter {
  readonly #tape: readonly number[];
  #at = 0;
  #names = 0;
  #depth = 0;
  #loops = 0;
  #scopes: Variable[][] = [];
  readonly #functions: Declared[] = [];
  /** Nested loops multiply; more than this many inside each other make programs slow. */
  readonly #maxLoops = 2;

  constructor(tape: readonly number[]) {
    this.#tape = tape;
  }

  /** A program whose `main` takes nothing and returns a tuple. */
  program(): string {
    const functions: string[] = [];
    for (let count = this.#pick(4); count > 0; count -= 1) functions.push(this.#function());
    this.#scopes = [[]];
    const statements = this.#statements(1 + this.#pick(6), "  ");
    const results = [this.#expression("i64"), ...this.#visible().map((variable) => variable.name)].slice(0, 8);
    const main = `pub fn main() {\n${statements}  (${results.join(", ")},)\n}\n`;
    return [DECLARATIONS, ...functions, main].join("\n");
  }

  // -------------------------------------------------------------- choices

  #pick(count: number): number {
    const value = this.#tape[this.#at] ?? 0;
    this.#at += 1;
    return value % count;
  }

  #name(prefix: string): string {
    this.#names += 1;
    return `${prefix}${this.#names}`;
  }

  #type(): ProgramType {
    return TYPES[this.#pick(TYPES.length)] ?? "i64";
  }

  #visible(): readonly Variable[] {
    return this.#scopes.flat();
  }

  #variable(type: ProgramType, assignable: boolean): Variable | null {
    const fitting = this.#visible().filter((variable) => variable.type === type && !(assignable && variable.fixed));
    return fitting[this.#pick(Math.max(1, fitting.length))] ?? null;
  }

  #declare(type: ProgramType, fixed = false): string {
    const name = this.#name("v");
    this.#scopes.at(-1)?.push({ name, type, fixed });
    return name;
  }

  // -------------------------------------------------------------- functions and statements

  #function(): string {
    const parameters = Array.from({ length: this.#pick(3) }, () => this.#type());
    const result = this.#type();
    this.#scopes = [[]];
    const names = parameters.map((type) => this.#declare(type));
    const name = this.#name("f");
    const body = this.#statements(this.#pick(3), "  ");
    const value = this.#expression(result);
    this.#functions.push({ name, parameters, result });
    return `fn ${name}(${names.join(", ")}) {\n${body}  ${value}\n}\n`;
  }

  #statements(count: number, indent: string): string {
    let text = "";
    for (let left = count; left > 0; left -= 1) text += `${indent}${this.#statement(indent)}\n`;
    return text;
  }

  #block(indent: string): string {
    this.#scopes.push([]);
    this.#depth += 1;
    const text = this.#statements(this.#depth > MAX_DEPTH ? 0 : 1 + this.#pick(2), `${indent}  `);
    this.#depth -= 1;
    this.#scopes.pop();
    return `{\n${text}${indent}}`;
  }

  #statement(indent: string): string {
    switch (this.#depth > MAX_DEPTH ? 0 : this.#pick(9)) {
      case 1:
        return this.#assignment();
      case 2:
        return `if ${this.#expression("bool")} ${this.#block(indent)} else ${this.#block(indent)}`;
      case 3:
        return this.#loop(indent);
      case 4: {
        const variable = this.#variable("vec", false);
        if (variable === null) break;
        return `${variable.name}.push(${this.#expression("i64")});`;
      }
      case 5: {
        const variable = this.#variable("point", false);
        if (variable === null) break;
        return `${variable.name}.${this.#pick(2) === 0 ? "x" : "y"} = ${this.#expression("i64")};`;
      }
      case 6: {
        const value = this.#expression("pair");
        return `let (${this.#declare("i64")}, ${this.#declare("String")}) = ${value};`;
      }
      case 7: {
        const value = this.#expression("option");
        this.#scopes.push([]);
        const pattern = `Some(${this.#declare("i64")})`;
        const text = `if let ${pattern} = ${value} ${this.#block(indent)}`;
        this.#scopes.pop();
        return text;
      }
      case 8:
        return `${this.#expression(this.#type())};`;
      default:
        break;
    }
    return this.#let(this.#type());
  }

  /** The value is written first: it must not name its variable. */
  #let(type: ProgramType): string {
    const value = this.#expression(type);
    return `let ${this.#declare(type)} = ${value};`;
  }

  #assignment(): string {
    const type = this.#type();
    const variable = this.#variable(type, true);
    if (variable === null) return this.#let(type);
    if (type === "i64" && this.#pick(2) === 1) {
      const operator = ["+=", "-=", "^=", "|=", "&="][this.#pick(5)] ?? "+=";
      return `${variable.name} ${operator} ${this.#expression("i64")};`;
    }
    return `${variable.name} = ${this.#expression(type)};`;
  }

  #loop(indent: string): string {
    if (this.#loops >= this.#maxLoops) return this.#let("bool");
    this.#loops += 1;
    this.#scopes.push([]);
    const bound = 1 + this.#pick(5);
    let text: string;
    switch (this.#pick(3)) {
      case 1: {
        const counter = this.#declare("i64", true);
        const body = this.#block(indent).slice(2);
        text = `{ let ${counter} = 0; while ${counter} < ${bound} {\n${indent}  ${counter} += 1;\n${body} }`;
        break;
      }
      case 2: {
        // A fresh vec: one that the body changes must not be iterated.
        const items = this.#literal("vec");
        text = `for ${this.#declare("i64", true)} in ${items} ${this.#block(indent)}`;
        break;
      }
      default: {
        const item = this.#declare("i64", true);
        const body = this.#block(indent).slice(2);
        const leave = this.#pick(3) === 1 ? `if ${this.#expression("bool")} { break; };` : "";
        text = `for ${item} in 0..${bound} {\n${indent}  ${leave}\n${body}`;
      }
    }
    this.#scopes.pop();
    this.#loops -= 1;
    return text;
  }

  // -------------------------------------------------------------- expressions

  #expression(type: ProgramType): string {
    this.#depth += 1;
    const choice = this.#depth > MAX_DEPTH ? 0 : this.#pick(8);
    const text = this.#chosen(type, choice);
    this.#depth -= 1;
    return text;
  }

  #chosen(type: ProgramType, choice: number): string {
    switch (choice) {
      case 1:
      case 2: {
        const variable = this.#variable(type, false);
        if (variable !== null) return variable.name;
        break;
      }
      case 3: {
        const inner = `if ${this.#expression("bool")} { ${this.#expression(type)} } else { ${this.#expression(type)} }`;
        return `(${inner})`;
      }
      case 4:
        return this.#match(type);
      case 5: {
        const fitting = this.#functions.filter((declared) => declared.result === type);
        const called = fitting[this.#pick(Math.max(1, fitting.length))];
        if (called === undefined) break;
        return `${called.name}(${called.parameters.map((parameter) => this.#expression(parameter)).join(", ")})`;
      }
      case 6:
        return this.#wrapped(type);
      case 7:
        return this.#operation(type);
      default:
        return this.#literal(type);
    }
    return this.#literal(type);
  }

  /** Blocks, labels, closures and loops around a value. */
  #wrapped(type: ProgramType): string {
    switch (this.#pick(4)) {
      case 1: {
        const parameter = this.#name("p");
        const argument = this.#expression("i64");
        this.#scopes.push([{ name: parameter, type: "i64", fixed: true }]);
        const body = this.#expression(type);
        this.#scopes.pop();
        return `(|${parameter}| ${body})(${argument})`;
      }
      case 2:
        return `(loop { break ${this.#expression(type)}; })`;
      case 3: {
        const early = `if ${this.#expression("bool")} { break 'a ${this.#expression(type)}; };`;
        return `('a: { ${early} ${this.#expression(type)} })`;
      }
      default: {
        this.#scopes.push([]);
        const first = this.#type();
        const value = this.#expression(first);
        const text = `{ let ${this.#declare(first)} = ${value}; ${this.#expression(type)} }`;
        this.#scopes.pop();
        return `(${text})`;
      }
    }
  }

  #match(type: ProgramType): string {
    const arm = (pattern: string): string => `${pattern} => ${this.#expression(type)}`;
    switch (this.#pick(3)) {
      case 1: {
        const value = this.#expression("option");
        this.#scopes.push([]);
        const some = arm(`Some(${this.#declare("i64", true)})`);
        this.#scopes.pop();
        return `(match ${value} { ${some}, ${arm("_")} })`;
      }
      case 2: {
        const value = this.#expression("shape");
        this.#scopes.push([]);
        const radius = this.#declare("i64", true);
        const round = arm(`Shape::Round(${radius})`);
        this.#scopes.pop();
        this.#scopes.push([]);
        const side = this.#declare("i64", true);
        const square = arm(`Shape::Square { side: ${side} } if ${this.#expression("bool")}`);
        this.#scopes.pop();
        return `(match ${value} { ${round}, ${square}, ${arm("_")} })`;
      }
      default:
        return `(match ${this.#expression("i64")} { 0 => ${this.#expression(type)}, ${arm("-1")}, ${arm("_")} })`;
    }
  }

  #literal(type: ProgramType): string {
    switch (type) {
      case "i64":
        return (
          ["0", "1", "2", "7", "(-1)", "255", "9223372036854775807", "(-9223372036854775808)"][this.#pick(8)] ?? "0"
        );
      case "f64":
        return ["0.0", "1.0", "0.5", "(-2.25)", "1e3"][this.#pick(5)] ?? "0.0";
      case "bool":
        return this.#pick(2) === 0 ? "false" : "true";
      case "char":
        return ["'a'", "'é'", "'\\n'", "'\\u{1F600}'"][this.#pick(4)] ?? "'a'";
      case "String":
        return ['""', '"ab"', '"é"', '"a b\\n"'][this.#pick(4)] ?? '""';
      case "vec": {
        const items = Array.from({ length: this.#pick(4) }, () => this.#expression("i64"));
        return `[${items.join(", ")}]`;
      }
      case "pair":
        return `(${this.#expression("i64")}, ${this.#expression("String")})`;
      case "option":
        return this.#pick(2) === 0 ? "None" : `Some(${this.#expression("i64")})`;
      case "point":
        return `(Point { x: ${this.#expression("i64")}, y: ${this.#expression("i64")} })`;
      case "shape": {
        const which = this.#pick(3);
        if (which === 0) return "Shape::Empty";
        const size = this.#expression("i64");
        return which === 1 ? `Shape::Round(${size})` : `(Shape::Square { side: ${size} })`;
      }
    }
  }

  #operation(type: ProgramType): string {
    const i64 = (): string => this.#expression("i64");
    switch (type) {
      case "i64":
        return this.#integer();
      case "f64": {
        if (this.#pick(3) === 1) return `(${i64()} as f64)`;
        const operator = ["+", "-", "*", "/"][this.#pick(4)] ?? "+";
        return `(${this.#expression("f64")} ${operator} ${this.#expression("f64")})`;
      }
      case "bool":
        return this.#condition();
      case "String": {
        const parts = [`\`<\${${i64()}}>\``, `(${this.#expression("String")} + ${this.#expression("String")})`];
        return [...parts, `format!("{:?}", ${this.#expression(this.#type())})`][this.#pick(3)] ?? '""';
      }
      case "point":
        return `${this.#expression("point")}.moved(${i64()})`;
      case "char":
      case "vec":
      case "pair":
      case "option":
      case "shape":
        return this.#literal(type);
    }
  }

  #integer(): string {
    const i64 = (): string => this.#expression("i64");
    switch (this.#pick(7)) {
      case 1: {
        const operator = ["-", "*", "/", "%"][this.#pick(4)] ?? "-";
        return `(${i64()} ${operator} ${i64()})`;
      }
      case 2: {
        const operator = ["&", "|", "^"][this.#pick(3)] ?? "&";
        return `(${i64()} ${operator} ${i64()})`;
      }
      case 3:
        return `(${i64()} ${this.#pick(2) === 0 ? "<<" : ">>"} ${this.#pick(64)})`;
      case 4:
        return `${this.#expression("pair")}.0`;
      case 5:
        return `${this.#expression("point")}.sum()`;
      case 6:
        return `(-${i64()})`;
      default:
        return `(${i64()} + ${i64()})`;
    }
  }

  #condition(): string {
    const bool = (): string => this.#expression("bool");
    switch (this.#pick(5)) {
      case 1:
        return `(${bool()} && ${bool()})`;
      case 2:
        return `(${bool()} || ${bool()})`;
      case 3:
        return `(!${bool()})`;
      case 4: {
        const type = SCALARS[this.#pick(SCALARS.length)] ?? "i64";
        return `(${this.#expression(type)} ${this.#pick(2) === 0 ? "==" : "!="} ${this.#expression(type)})`;
      }
      default: {
        const operator = ["<", "<=", ">", ">="][this.#pick(4)] ?? "<";
        return `(${this.#expression("i64")} ${operator} ${this.#expression("i64")})`;
      }
    }
  }
}
