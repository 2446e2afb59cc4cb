//! Guides: named numbers reckoned out of a shape's size and adjust values (ECMA-376 part 1 §20.1.9.11).

use std::collections::HashMap;

/// Guides of one shape.
const GUIDES: usize = 4096;
/// 60,000ths of a degree in a radian.
const ANGLE: f64 = 180.0 * 60_000.0 / std::f64::consts::PI;

/// What the names in a shape's formulas and paths stand for.
#[derive(Debug)]
pub(super) struct Guides {
    values: HashMap<String, f64>,
    width: f64,
    height: f64,
}

impl Guides {
    /// Of a shape of this size.
    pub(super) fn new(width: f64, height: f64) -> Self {
        Self { values: HashMap::new(), width, height }
    }

    /// Adds a guide; one of the same name is replaced.
    pub(super) fn set(&mut self, name: &str, formula: &str) {
        if self.values.len() < GUIDES {
            let value = self.formula(formula);
            self.values.insert(name.to_owned(), if value.is_finite() { value } else { 0.0 });
        }
    }

    /// A number, or what a name stands for; 0 where it stands for nothing.
    pub(super) fn get(&self, name: &str) -> f64 {
        if let Some(value) = self.values.get(name) {
            return *value;
        }
        match name.parse::<f64>() {
            Ok(number) if number.is_finite() => number,
            _ => self.preset(name).unwrap_or(0.0),
        }
    }

    /// The names that every shape has (§20.1.10.56).
    fn preset(&self, name: &str) -> Option<f64> {
        let (width, height) = (self.width, self.height);
        let (short, long) = (width.min(height), width.max(height));
        Some(match name {
            "l" | "t" => 0.0,
            "r" | "w" => width,
            "b" | "h" => height,
            "hc" => width / 2.0,
            "vc" => height / 2.0,
            "ss" => short,
            "ls" => long,
            "cd2" => 10_800_000.0,
            "cd4" => 5_400_000.0,
            "cd8" => 2_700_000.0,
            "3cd4" => 16_200_000.0,
            "3cd8" => 8_100_000.0,
            "5cd8" => 13_500_000.0,
            "7cd8" => 18_900_000.0,
            _ => {
                let (whole, part) = [("ssd", short), ("wd", width), ("hd", height)]
                    .iter()
                    .find_map(|(start, whole)| Some((*whole, name.strip_prefix(start)?)))?;
                let part: f64 = part.parse().ok().filter(|part: &f64| *part >= 1.0)?;
                whole / part
            }
        })
    }

    /// §20.1.9.11: operator and operands.
    fn formula(&self, formula: &str) -> f64 {
        let mut words = formula.split_ascii_whitespace();
        let operator = words.next().unwrap_or_default();
        let mut operand = || words.next().map_or(0.0, |name| self.get(name));
        let (x, y, z) = (operand(), operand(), operand());
        match operator {
            "val" => x,
            "*/" => x * y / z,
            "+-" => x + y - z,
            "+/" => (x + y) / z,
            "?:" => {
                if x > 0.0 {
                    y
                } else {
                    z
                }
            }
            "abs" => x.abs(),
            "sqrt" => x.sqrt(),
            "max" => x.max(y),
            "min" => x.min(y),
            // As written: the lower end wins where the ends are crossed.
            "pin" => {
                if y < x {
                    x
                } else if y > z {
                    z
                } else {
                    y
                }
            }
            "mod" => (x * x + y * y + z * z).sqrt(),
            "sin" => x * (y / ANGLE).sin(),
            "cos" => x * (y / ANGLE).cos(),
            "tan" => x * (y / ANGLE).tan(),
            "at2" => y.atan2(x) * ANGLE,
            "sat2" => x * z.atan2(y).sin(),
            "cat2" => x * z.atan2(y).cos(),
            _ => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_reckoned_by_the_specification() {
        let mut guides = Guides::new(400.0, 200.0);
        guides.set("a", "val 7");
        for (formula, expected) in [
            ("*/ w a 7", 400.0),
            ("+- r 5 b", 205.0),
            ("+/ 5 7 4", 3.0),
            ("?: 0 1 2", 2.0),
            ("pin 0 a 5", 5.0),
            ("pin 10 a 5", 10.0),
            ("mod 3 4 0", 5.0),
            ("sin 10 cd4", 10.0),
            ("cos 10 cd2", -10.0),
            ("at2 0 1", 5_400_000.0),
            ("sat2 10 0 5", 10.0),
            ("cat2 10 5 0", 10.0),
            ("val ssd8", 25.0),
            ("val wd32", 12.5),
            ("*/ 1 1 0", 0.0),
            ("sqrt -1", 0.0),
            ("what", 0.0),
            ("", 0.0),
        ] {
            guides.set("x", formula);
            assert!((guides.get("x") - expected).abs() < 1e-6, "{formula}: {}", guides.get("x"));
        }
    }
}
