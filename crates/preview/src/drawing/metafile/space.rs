//! From the coordinates of records to those of the picture ([MS-EMF] 2.1.21, 3.1.1.2: page, window, viewport).

/// A point, or a size.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
}

impl Point {
    pub(super) const fn new(x: f64, y: f64) -> Self {
        Self { x, y }
    }

    pub(super) fn of<T: Into<f64>>(x: T, y: T) -> Self {
        Self { x: x.into(), y: y.into() }
    }
}

/// An affine transform: x' = a·x + c·y + e, y' = b·x + d·y + f.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Matrix(pub(super) [f64; 6]);

impl Default for Matrix {
    fn default() -> Self {
        Self([1.0, 0.0, 0.0, 1.0, 0.0, 0.0])
    }
}

impl Matrix {
    pub(super) fn apply(&self, point: Point) -> Point {
        let [a, b, c, d, e, f] = self.0;
        Point::new(a * point.x + c * point.y + e, b * point.x + d * point.y + f)
    }

    /// This one first, then `next`.
    pub(super) fn then(&self, next: &Self) -> Self {
        let [a, b, c, d, e, f] = self.0;
        let [g, h, i, j, k, l] = next.0;
        Self([
            a * g + b * i,
            a * h + b * j,
            c * g + d * i,
            c * h + d * j,
            e * g + f * i + k,
            e * h + f * j + l,
        ])
    }
}

/// How pages are put on the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Mapping {
    /// A unit is a pixel.
    #[default]
    Pixels,
    /// A unit is as many pixels; up is up.
    Fixed(f64, f64),
    /// The window fills the viewport, with the same scale both ways or not.
    Stretched { isotropic: bool },
}

/// World, window and viewport.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Space {
    pub(super) world: Matrix,
    pub(super) mapping: Mapping,
    pub(super) window: Point,
    pub(super) window_size: Point,
    pub(super) viewport: Point,
    pub(super) viewport_size: Point,
}

impl Default for Space {
    fn default() -> Self {
        let (zero, one) = (Point::default(), Point::new(1.0, 1.0));
        Self {
            world: Matrix::default(),
            mapping: Mapping::Pixels,
            window: zero,
            window_size: one,
            viewport: zero,
            viewport_size: one,
        }
    }
}

impl Space {
    /// From the coordinates of records to the picture.
    pub(super) fn matrix(&self) -> Matrix {
        let ratio = |to: f64, from: f64| if from == 0.0 { 1.0 } else { to / from };
        let (x, y) = match self.mapping {
            Mapping::Pixels => (1.0, 1.0),
            Mapping::Fixed(x, y) => (x, -y),
            Mapping::Stretched { isotropic } => {
                let x = ratio(self.viewport_size.x, self.window_size.x);
                let y = ratio(self.viewport_size.y, self.window_size.y);
                let least = x.abs().min(y.abs());
                if isotropic { (least.copysign(x), least.copysign(y)) } else { (x, y) }
            }
        };
        let page = Matrix([
            x,
            0.0,
            0.0,
            y,
            self.viewport.x - self.window.x * x,
            self.viewport.y - self.window.y * y,
        ]);
        self.world.then(&page)
    }

    /// How much longer a length becomes, on the whole.
    pub(super) fn scale(&self) -> f64 {
        let [a, b, c, d, ..] = self.matrix().0;
        (a * d - b * c).abs().sqrt()
    }

    /// How much higher something becomes, and by how many degrees it is turned clockwise.
    pub(super) fn upright(&self) -> (f64, f64) {
        let [a, b, c, d, ..] = self.matrix().0;
        // Mirrored pages do not mirror their letters.
        let turn = if a < 0.0 && b == 0.0 { 0.0 } else { b.atan2(a).to_degrees() };
        (c.hypot(d), turn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_fill_viewports() {
        let space = Space {
            mapping: Mapping::Stretched { isotropic: false },
            window: Point::new(100.0, 100.0),
            window_size: Point::new(200.0, -100.0),
            viewport: Point::new(10.0, 20.0),
            viewport_size: Point::new(100.0, 100.0),
            ..Space::default()
        };
        for (isotropic, expected) in [(false, Point::new(60.0, 120.0)), (true, Point::new(60.0, 70.0))] {
            let space = Space { mapping: Mapping::Stretched { isotropic }, ..space };
            assert_eq!(space.matrix().apply(Point::new(200.0, 0.0)), expected);
        }
        let fixed = Space { mapping: Mapping::Fixed(2.0, 3.0), ..Space::default() };
        assert_eq!(fixed.matrix().apply(Point::new(1.0, 1.0)), Point::new(2.0, -3.0));
        let turned = Space { world: Matrix([0.0, 2.0, -2.0, 0.0, 0.0, 0.0]), ..Space::default() };
        assert_eq!((turned.scale(), turned.upright()), (2.0, (2.0, 90.0)));
    }
}
