// The programs of `pnpm bench rune` in JavaScript, as a JavaScript author would write them.

/** Sun and planets of the nbody program: place, velocity, mass. */
export const bodies: readonly (readonly number[])[] = [
  [0, 0, 0, 0, 0, 0, 39.47841760435743],
  [
    4.84143144246472, -1.16032004402742, -0.10362204447112, 0.60632639299583, 2.81198684491626, -0.02521836165988,
    0.03769367487038,
  ],
  [
    8.34336671824458, 4.12479856412431, -0.40352341711432, -1.01077434617879, 1.82566237123041, 0.00841576137658,
    0.01128632613197,
  ],
  [
    12.8943695621391, -15.1111514016986, -0.22330757889266, 1.08279100644154, 0.86871301816961, -0.01083263740136,
    0.00172372405706,
  ],
  [
    15.3796971148509, -25.919314609988, 0.17925877295037, 0.97909073224389, 0.59469899864768, -0.03475595555078,
    0.00203368686992,
  ],
];

/** Six loops of eight inside each other, then a printed 3. */
export const brainfuckSource: string = `${"++++++++[>".repeat(6)}+${"<-]".repeat(6)}${">".repeat(6)}+++.`;

interface Body {
  x: number;
  y: number;
  z: number;
  vx: number;
  vy: number;
  vz: number;
  readonly mass: number;
}

interface Tree {
  readonly left: Tree | null;
  readonly right: Tree | null;
}

function fibonacci(n: number): number {
  return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

function collatz(): number {
  let best = 0;
  let longest = 0;
  for (let i = 1; i < 300000; i++) {
    let n = i;
    let steps = 0;
    while (n !== 1) {
      n = n % 2 === 0 ? n / 2 : 3 * n + 1;
      steps++;
    }
    if (steps > longest) {
      longest = steps;
      best = i;
    }
  }
  return best * 1000 + longest;
}

function advance(system: readonly Body[], dt: number): void {
  for (let i = 0; i < system.length; i++) {
    const a = system[i] as Body;
    for (let j = i + 1; j < system.length; j++) {
      const b = system[j] as Body;
      const dx = a.x - b.x;
      const dy = a.y - b.y;
      const dz = a.z - b.z;
      const d2 = dx * dx + dy * dy + dz * dz;
      const mag = dt / (d2 * Math.sqrt(d2));
      const bm = b.mass * mag;
      const am = a.mass * mag;
      a.vx -= dx * bm;
      a.vy -= dy * bm;
      a.vz -= dz * bm;
      b.vx += dx * am;
      b.vy += dy * am;
      b.vz += dz * am;
    }
  }
  for (const b of system) {
    b.x += dt * b.vx;
    b.y += dt * b.vy;
    b.z += dt * b.vz;
  }
}

function energy(system: readonly Body[]): number {
  let e = 0;
  for (let i = 0; i < system.length; i++) {
    const b = system[i] as Body;
    e += 0.5 * b.mass * (b.vx * b.vx + b.vy * b.vy + b.vz * b.vz);
    for (let j = i + 1; j < system.length; j++) {
      const c = system[j] as Body;
      const dx = b.x - c.x;
      const dy = b.y - c.y;
      const dz = b.z - c.z;
      e -= (b.mass * c.mass) / Math.sqrt(dx * dx + dy * dy + dz * dz);
    }
  }
  return e;
}

function nbody(): number {
  const system = bodies.map(([x = 0, y = 0, z = 0, vx = 0, vy = 0, vz = 0, mass = 0]) => ({
    x,
    y,
    z,
    vx,
    vy,
    vz,
    mass,
  }));
  for (let i = 0; i < 500000; i++) advance(system, 0.001);
  return energy(system);
}

function sieve(): number {
  const n = 5000000;
  const prime: boolean[] = [];
  for (let i = 0; i <= n; i++) prime.push(true);
  for (let i = 2; i * i <= n; i++) {
    if (prime[i]) for (let j = i * i; j <= n; j += i) prime[j] = false;
  }
  let count = 0;
  for (let i = 2; i <= n; i++) if (prime[i]) count++;
  return count;
}

function counting(): number {
  const keys: string[] = [];
  for (let i = 0; i < 1000; i++) keys.push(`key${i}`);
  const counts = new Map<string, number>();
  for (let i = 0; i < 2000000; i++) {
    const key = keys[(i * 7919) % 1000] as string;
    if (counts.has(key)) counts.set(key, (counts.get(key) as number) + 1);
    else counts.set(key, 1);
  }
  let total = 0;
  for (let i = 0; i < 1000; i++) total += (counts.get(keys[i] as string) as number) * (i % 7);
  return total;
}

// Lazy chains of closures: arrays in between would hold a million numbers each.
type Next = () => number | undefined;

const range = (n: number): Next => {
  let i = 0;
  return () => (i < n ? i++ : undefined);
};
const map =
  (next: Next, f: (x: number) => number): Next =>
  () => {
    const x = next();
    return x === undefined ? x : f(x);
  };
const filter =
  (next: Next, f: (x: number) => boolean): Next =>
  () => {
    for (;;) {
      const x = next();
      if (x === undefined || f(x)) return x;
    }
  };
const fold = (next: Next, start: number, f: (a: number, x: number) => number): number => {
  let a = start;
  for (;;) {
    const x = next();
    if (x === undefined) return a;
    a = f(a, x);
  }
};

function closures(): number {
  let total = 0;
  for (let round = 0; round < 5; round++) {
    const tripled = map(range(1000000), (x) => x * 3 + round);
    const even = filter(tripled, (x) => x % 2 === 0);
    total += fold(even, 0, (a, x) => a + x);
  }
  return total;
}

function make(depth: number): Tree {
  return depth === 0 ? { left: null, right: null } : { left: make(depth - 1), right: make(depth - 1) };
}

function check(tree: Tree): number {
  return tree.left === null || tree.right === null ? 1 : 1 + check(tree.left) + check(tree.right);
}

function trees(): number {
  const long = make(14);
  let total = 0;
  for (let i = 0; i < 40; i++) total += check(make(14));
  return total + check(long);
}

function brainfuck(): number {
  const code = Array.from(brainfuckSource);
  const jumps: number[] = [];
  const open: number[] = [];
  for (let i = 0; i < code.length; i++) {
    jumps.push(0);
    if (code[i] === "[") open.push(i);
    if (code[i] === "]") {
      const start = open.pop() as number;
      jumps[i] = start;
      jumps[start] = i;
    }
  }
  const tape: number[] = new Array<number>(100).fill(0);
  let at = 0;
  let pc = 0;
  let sum = 0;
  const length = code.length;
  while (pc < length) {
    switch (code[pc]) {
      case ">":
        at++;
        break;
      case "<":
        at--;
        break;
      case "+":
        tape[at] = ((tape[at] as number) + 1) % 256;
        break;
      case "-":
        tape[at] = ((tape[at] as number) + 255) % 256;
        break;
      case ".":
        sum = sum * 256 + (tape[at] as number);
        break;
      case "[":
        if (tape[at] === 0) pc = jumps[pc] as number;
        break;
      case "]":
        if (tape[at] !== 0) pc = jumps[pc] as number;
        break;
      default:
        break;
    }
    pc++;
  }
  return sum;
}

/** The programs by name. */
export const javascript = {
  fib: (): number => fibonacci(32),
  collatz,
  nbody,
  sieve,
  counting,
  closures,
  trees,
  brainfuck,
} as const;
