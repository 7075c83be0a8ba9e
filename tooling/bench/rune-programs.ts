// The programs of `pnpm bench rune`: each in Rune and Lua (JavaScript is in
// `rune-javascript.ts`), with the same work and the same answer.
// Rune texts are bodies of a function, so that the native reference can run them as files too.

import { bodies, brainfuckSource as source, javascript } from "./rune-javascript.ts";

/** One program. */
export interface BenchProgram {
  readonly name: string;
  readonly javascript: () => number;
  readonly rune: string;
  /** Body of a Lua function. */
  readonly lua: string;
  /** What all of them return; floats are compared to twelve digits. */
  readonly answer: number;
}

const fib: BenchProgram = {
  name: "fib(32)",
  javascript: javascript.fib,
  rune: `fn fib(n) { if n < 2 { n } else { fib(n - 1) + fib(n - 2) } }
fib(32)`,
  lua: `local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
return fib(32)`,
  answer: 2178309,
};

const collatz: BenchProgram = {
  name: "collatz to 300 k",
  javascript: javascript.collatz,
  rune: `let best = 0;
let longest = 0;
for i in 1..300000 {
    let n = i;
    let steps = 0;
    while n != 1 {
        if n % 2 == 0 { n = n / 2; } else { n = 3 * n + 1; }
        steps += 1;
    }
    if steps > longest { longest = steps; best = i; }
}
best * 1000 + longest`,
  lua: `local best, longest = 0, 0
for i = 1, 299999 do
  local n, steps = i, 0
  while n ~= 1 do
    if n % 2 == 0 then n = n // 2 else n = 3 * n + 1 end
    steps = steps + 1
  end
  if steps > longest then longest = steps; best = i end
end
return best * 1000 + longest`,
  answer: 230631442,
};

const decimals = (body: readonly number[]): string =>
  body.map((x) => (Number.isInteger(x) ? `${x}.0` : `${x}`)).join(", ");

const nbody: BenchProgram = {
  name: "nbody 500 k",
  javascript: javascript.nbody,
  rune: `struct Body { x, y, z, vx, vy, vz, mass }
fn body(x, y, z, vx, vy, vz, mass) { Body { x, y, z, vx, vy, vz, mass } }
fn advance(bodies, dt) {
    let n = bodies.len();
    let i = 0;
    while i < n {
        let a = bodies[i];
        let j = i + 1;
        while j < n {
            let b = bodies[j];
            let dx = a.x - b.x;
            let dy = a.y - b.y;
            let dz = a.z - b.z;
            let d2 = dx * dx + dy * dy + dz * dz;
            let mag = dt / (d2 * d2.sqrt());
            let bm = b.mass * mag;
            let am = a.mass * mag;
            a.vx -= dx * bm;
            a.vy -= dy * bm;
            a.vz -= dz * bm;
            b.vx += dx * am;
            b.vy += dy * am;
            b.vz += dz * am;
            j += 1;
        }
        i += 1;
    }
    for b in bodies {
        b.x += dt * b.vx;
        b.y += dt * b.vy;
        b.z += dt * b.vz;
    }
}
fn energy(bodies) {
    let e = 0.0;
    let n = bodies.len();
    let i = 0;
    while i < n {
        let b = bodies[i];
        e += 0.5 * b.mass * (b.vx * b.vx + b.vy * b.vy + b.vz * b.vz);
        let j = i + 1;
        while j < n {
            let c = bodies[j];
            let dx = b.x - c.x;
            let dy = b.y - c.y;
            let dz = b.z - c.z;
            e -= b.mass * c.mass / (dx * dx + dy * dy + dz * dz).sqrt();
            j += 1;
        }
        i += 1;
    }
    e
}
let bodies = [${bodies.map((body) => `body(${decimals(body)})`).join(", ")}];
for _ in 0..500000 { advance(bodies, 0.001); }
energy(bodies)`,
  lua: `local function body(x, y, z, vx, vy, vz, mass) return { x = x, y = y, z = z, vx = vx, vy = vy, vz = vz, mass = mass } end
local function advance(bodies, dt)
  local n = #bodies
  for i = 1, n do
    local a = bodies[i]
    for j = i + 1, n do
      local b = bodies[j]
      local dx, dy, dz = a.x - b.x, a.y - b.y, a.z - b.z
      local d2 = dx * dx + dy * dy + dz * dz
      local mag = dt / (d2 * math.sqrt(d2))
      local bm, am = b.mass * mag, a.mass * mag
      a.vx = a.vx - dx * bm; a.vy = a.vy - dy * bm; a.vz = a.vz - dz * bm
      b.vx = b.vx + dx * am; b.vy = b.vy + dy * am; b.vz = b.vz + dz * am
    end
  end
  for _, b in ipairs(bodies) do b.x = b.x + dt * b.vx; b.y = b.y + dt * b.vy; b.z = b.z + dt * b.vz end
end
local function energy(bodies)
  local e = 0.0
  for i, b in ipairs(bodies) do
    e = e + 0.5 * b.mass * (b.vx * b.vx + b.vy * b.vy + b.vz * b.vz)
    for j = i + 1, #bodies do
      local c = bodies[j]
      local dx, dy, dz = b.x - c.x, b.y - c.y, b.z - c.z
      e = e - b.mass * c.mass / math.sqrt(dx * dx + dy * dy + dz * dz)
    end
  end
  return e
end
local bodies = {${bodies.map((body) => `body(${decimals(body)})`).join(", ")}}
for _ = 1, 500000 do advance(bodies, 0.001) end
return energy(bodies)`,
  answer: Number.NaN,
};

const sieve: BenchProgram = {
  name: "sieve 5 M",
  javascript: javascript.sieve,
  rune: `let n = 5000000;
let prime = [];
for _ in 0..=n { prime.push(true); }
let i = 2;
while i * i <= n {
    if prime[i] {
        let j = i * i;
        while j <= n { prime[j] = false; j += i; }
    }
    i += 1;
}
let count = 0;
for i in 2..=n { if prime[i] { count += 1; } }
count`,
  lua: `local n, prime = 5000000, {}
for i = 0, n do prime[i] = true end
local i = 2
while i * i <= n do
  if prime[i] then for j = i * i, n, i do prime[j] = false end end
  i = i + 1
end
local count = 0
for i = 2, n do if prime[i] then count = count + 1 end end
return count`,
  answer: 348513,
};

const counting: BenchProgram = {
  name: "string-keyed counting 2 M",
  javascript: javascript.counting,
  rune: `let keys = [];
for i in 0..1000 { keys.push(format!("key{}", i)); }
let counts = #{};
for i in 0..2000000 {
    let key = keys[i * 7919 % 1000];
    if counts.contains_key(key) { counts[key] = counts[key] + 1; } else { counts[key] = 1; }
}
let total = 0;
for i in 0..1000 { total += counts[keys[i]] * (i % 7); }
total`,
  lua: `local keys, counts = {}, {}
for i = 0, 999 do keys[i] = "key" .. i end
for i = 0, 1999999 do
  local key = keys[i * 7919 % 1000]
  if counts[key] then counts[key] = counts[key] + 1 else counts[key] = 1 end
end
local total = 0
for i = 0, 999 do total = total + counts[keys[i]] * (i % 7) end
return total`,
  answer: 5994000,
};

const closures: BenchProgram = {
  name: "closure chains 5 × 1 M",
  javascript: javascript.closures,
  rune: `let total = 0;
for round in 0..5 {
    total += (0..1000000).iter().map(|x| x * 3 + round).filter(|x| x % 2 == 0).fold(0, |a, x| a + x);
}
total`,
  lua: `local function range(n) local i = -1; return function() i = i + 1; if i < n then return i end end end
local function map(next, f) return function() local x = next(); if x ~= nil then return f(x) end end end
local function filter(next, f) return function() while true do local x = next(); if x == nil or f(x) then return x end end end end
local function fold(next, a, f) while true do local x = next(); if x == nil then return a end; a = f(a, x) end end
local total = 0
for round = 0, 4 do
  total = total + fold(filter(map(range(1000000), function(x) return x * 3 + round end), function(x) return x % 2 == 0 end), 0, function(a, x) return a + x end)
end
return total`,
  answer: 3750000500000,
};

const trees: BenchProgram = {
  name: "binary trees",
  javascript: javascript.trees,
  rune: `struct Node { left, right }
fn make(depth) {
    if depth == 0 { Node { left: (), right: () } } else { Node { left: make(depth - 1), right: make(depth - 1) } }
}
fn check(node) {
    match node.left {
        () => 1,
        left => 1 + check(left) + check(node.right),
    }
}
let long = make(14);
let total = 0;
for _ in 0..40 { total += check(make(14)); }
total + check(long)`,
  lua: `local function make(depth)
  if depth == 0 then return {} end
  return { left = make(depth - 1), right = make(depth - 1) }
end
local function check(node)
  if node.left == nil then return 1 end
  return 1 + check(node.left) + check(node.right)
end
local long, total = make(14), 0
for _ = 1, 40 do total = total + check(make(14)) end
return total + check(long)`,
  answer: 1343447,
};

const brainfuck: BenchProgram = {
  name: "brainfuck",
  javascript: javascript.brainfuck,
  rune: `let code = ${JSON.stringify(source)}.chars().collect::<Vec>();
let jumps = [];
let open = [];
for i in 0..code.len() {
    jumps.push(0);
    if code[i] == '[' { open.push(i); }
    if code[i] == ']' {
        let start = open.pop().unwrap();
        jumps[i] = start;
        jumps[start] = i;
    }
}
let tape = [];
tape.resize(100, 0);
let at = 0;
let pc = 0;
let length = code.len();
let sum = 0;
while pc < length {
    match code[pc] {
        '>' => at += 1,
        '<' => at -= 1,
        '+' => tape[at] = (tape[at] + 1) % 256,
        '-' => tape[at] = (tape[at] + 255) % 256,
        '.' => sum = sum * 256 + tape[at],
        '[' => if tape[at] == 0 { pc = jumps[pc]; },
        ']' => if tape[at] != 0 { pc = jumps[pc]; },
        _ => (),
    }
    pc += 1;
}
sum`,
  lua: `local text = ${JSON.stringify(source)}
local code, jumps, open = {}, {}, {}
for i = 1, #text do
  local c = text:sub(i, i)
  code[i] = c
  if c == "[" then open[#open + 1] = i end
  if c == "]" then local start = table.remove(open); jumps[i] = start; jumps[start] = i end
end
local tape = {}
for i = 0, 99 do tape[i] = 0 end
local at, pc, sum, length = 0, 1, 0, #text
while pc <= length do
  local c = code[pc]
  if c == ">" then at = at + 1
  elseif c == "<" then at = at - 1
  elseif c == "+" then tape[at] = (tape[at] + 1) % 256
  elseif c == "-" then tape[at] = (tape[at] + 255) % 256
  elseif c == "." then sum = sum * 256 + tape[at]
  elseif c == "[" then if tape[at] == 0 then pc = jumps[pc] end
  elseif c == "]" then if tape[at] ~= 0 then pc = jumps[pc] end
  end
  pc = pc + 1
end
return sum`,
  answer: 3,
};

/** All programs, in the order of the report. */
export const benchPrograms: readonly BenchProgram[] = [
  fib,
  collatz,
  nbody,
  sieve,
  counting,
  closures,
  trees,
  brainfuck,
];
