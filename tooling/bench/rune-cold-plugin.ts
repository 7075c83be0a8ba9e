// A plugin of two hundred lines, as people write them: text handling, structs, enums, matching, iterators, formatting.

/** Source of the plugin whose cold costs are measured. */
export const coldPlugin: string = `//! Rolls dice without chance: every die shows its middle, so that results can be compared.

/// What a term of the notation is.
enum Term {
    Dice(count, sides),
    Keep(term, how, count),
    Number(value),
}

enum Which {
    Highest,
    Lowest,
}

struct Scanner {
    text,
    at,
}

impl Scanner {
    fn new(text) {
        Scanner { text: text.chars().collect::<Vec>(), at: 0 }
    }

    fn peek(self) {
        self.text.get(self.at)
    }

    fn advance(self) {
        let c = self.peek();
        if c.is_some() {
            self.at += 1;
        }
        c
    }

    fn skip_blanks(self) {
        while let Some(c) = self.peek() {
            if !c.is_whitespace() {
                break;
            }
            self.at += 1;
        }
    }

    fn accept(self, wanted) {
        self.skip_blanks();
        if let Some(c) = self.peek() {
            if c == wanted {
                self.at += 1;
                return true;
            }
        }
        false
    }

    fn number(self) {
        self.skip_blanks();
        let value = None;
        while let Some(c) = self.peek() {
            match c.to_digit(10) {
                Some(digit) => {
                    value = Some(value.unwrap_or(0) * 10 + digit as i64);
                    self.at += 1;
                }
                None => break,
            }
        }
        value
    }

    fn is_done(self) {
        self.skip_blanks();
        self.peek().is_none()
    }
}

fn parse_term(scanner) {
    let count = scanner.number();
    if !scanner.accept('d') {
        return match count {
            Some(value) => Ok(Term::Number(value)),
            None => Err(format!("expected a number at {}", scanner.at)),
        };
    }
    let sides = match scanner.number() {
        Some(sides) => sides,
        None => return Err(format!("expected the number of sides at {}", scanner.at)),
    };
    if sides < 1 || sides > 1000 {
        return Err(format!("a die cannot have {} sides", sides));
    }
    let dice = Term::Dice(count.unwrap_or(1), sides);
    if scanner.accept('k') {
        let how = if scanner.accept('l') {
            Which::Lowest
        } else {
            scanner.accept('h');
            Which::Highest
        };
        return Ok(Term::Keep(dice, how, scanner.number().unwrap_or(1)));
    }
    Ok(dice)
}

fn parse(notation) {
    let scanner = Scanner::new(notation);
    let terms = [];
    let sign = 1;
    loop {
        terms.push((sign, parse_term(scanner)?));
        if scanner.accept('+') {
            sign = 1;
        } else if scanner.accept('-') {
            sign = -1;
        } else {
            break;
        }
    }
    if !scanner.is_done() {
        return Err(format!("cannot read {:?} from position {}", notation, scanner.at));
    }
    Ok(terms)
}

/// Every die shows a value that depends on its number alone.
fn roll(count, sides) {
    (0..count).iter().map(|i| (i * 7 + 3) % sides + 1).collect::<Vec>()
}

fn evaluate(term) {
    match term {
        Term::Number(value) => #{ total: value, rolls: [] },
        Term::Dice(count, sides) => {
            let rolls = roll(count, sides);
            #{ total: rolls.iter().sum::<i64>(), rolls: rolls }
        }
        Term::Keep(dice, how, count) => {
            let rolls = evaluate(dice).rolls;
            rolls.sort();
            match how {
                Which::Highest => rolls = rolls.iter().rev().take(count).collect::<Vec>(),
                Which::Lowest => rolls = rolls.iter().take(count).collect::<Vec>(),
            }
            #{ total: rolls.iter().sum::<i64>(), rolls: rolls }
        }
    }
}

fn describe(term) {
    match term {
        Term::Number(value) => format!("{}", value),
        Term::Dice(count, sides) => format!("{}d{}", count, sides),
        Term::Keep(dice, Which::Highest, count) => format!("{} keep highest {}", describe(dice), count),
        Term::Keep(dice, Which::Lowest, count) => format!("{} keep lowest {}", describe(dice), count),
        _ => "nothing",
    }
}

fn statistics(values) {
    if values.is_empty() {
        return #{ count: 0, mean: 0.0, highest: None };
    }
    let highest = values.iter().fold(values[0], |a, b| if b > a { b } else { a });
    let total = values.iter().fold(0, |a, b| a + b);
    #{
        count: values.len(),
        mean: total as f64 / values.len() as f64,
        highest: Some(highest),
    }
}

pub fn main(params) {
    let terms = parse(params.notation)?;
    let total = 0;
    let shown = [];
    let all = [];
    for (sign, term) in terms {
        let result = evaluate(term);
        total += sign * result.total;
        all.extend(result.rolls);
        shown.push(format!("{}{}", if sign < 0 { "-" } else { "+" }, describe(term)));
    }
    let text = "";
    for (i, part) in shown.iter().enumerate() {
        if i > 0 {
            text += " ";
        }
        text += part;
    }
    Ok(#{
        total: total,
        text: text,
        statistics: statistics(all),
    })
}

pub fn parse_only(params) {
    match parse(params.notation) {
        Ok(terms) => terms.len(),
        Err(message) => message,
    }
}

#[test]
fn keeps_the_highest() {
    let result = evaluate(Term::Keep(Term::Dice(4, 6), Which::Highest, 3));
    assert_eq!(result.rolls.len(), 3);
}
`;
