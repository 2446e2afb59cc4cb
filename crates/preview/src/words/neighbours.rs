//! What paragraphs one below the other do to each other.

use crate::model::{Border, Borders, Paragraph};

/// What the next paragraph has to know of this one; `S` is how the document names styles.
#[derive(Clone, Debug)]
pub(super) struct Neighbour<S> {
    pub(super) style: Option<S>,
    /// It wants no space between itself and others of its style.
    pub(super) contextual: bool,
    /// What is drawn between it and others with the same borders.
    pub(super) between: Option<Border>,
    /// The borders it came with.
    pub(super) borders: Borders,
}

/// Nothing that does anything to the next one.
impl<S> Default for Neighbour<S> {
    fn default() -> Self {
        Self { style: None, contextual: false, between: None, borders: Borders::default() }
    }
}

/// Two paragraphs, one below the other.
pub(super) fn adjoin<S: PartialEq>(
    before: &mut Paragraph,
    last: &Neighbour<S>,
    after: &mut Paragraph,
    this: &Neighbour<S>,
) {
    if last.style == this.style && this.style.is_some() {
        if last.contextual {
            before.space_after = 0.0;
        }
        if this.contextual {
            after.space_before = 0.0;
        }
    }
    // One box around paragraphs with the same borders and indents (ECMA-376 part 1 §17.3.1.24, [MS-DOC] 2.6.2 sprmPBrcBetween).
    let same = last.borders == this.borders && before.indent_start == after.indent_start;
    if same && !this.borders.is_none() && before.indent_end == after.indent_end {
        before.borders.bottom.clone_from(&last.between);
        after.borders.top = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Dash;

    fn paragraph(borders: &Borders) -> Paragraph {
        Paragraph { space_before: 6.0, space_after: 6.0, borders: borders.clone(), ..Paragraph::default() }
    }

    #[test]
    fn paragraphs_of_one_style_may_want_no_space_between() {
        for (styles, contextual, expected) in [
            ((Some(1), Some(1)), (true, true), (0.0, 0.0)),
            ((Some(1), Some(1)), (true, false), (0.0, 6.0)),
            ((Some(1), Some(2)), (true, true), (6.0, 6.0)),
            ((None, None), (true, true), (6.0, 6.0)),
        ] {
            let (mut before, mut after) = (paragraph(&Borders::default()), paragraph(&Borders::default()));
            let neighbour = |style, contextual| Neighbour { style, contextual, ..Neighbour::default() };
            adjoin(
                &mut before,
                &neighbour(styles.0, contextual.0),
                &mut after,
                &neighbour(styles.1, contextual.1),
            );
            assert_eq!((before.space_after, after.space_before), expected);
        }
    }

    #[test]
    fn one_box_is_drawn_around_paragraphs_with_the_same_borders() {
        let line = |width| Some(Border { width, color: None, dash: Dash::Solid, double: false });
        let borders = Borders { top: line(1.0), bottom: line(1.0), ..Borders::default() };
        let neighbour: Neighbour<u16> =
            Neighbour { between: line(0.5), borders: borders.clone(), ..Neighbour::default() };
        let (mut before, mut after) = (paragraph(&borders), paragraph(&borders));
        adjoin(&mut before, &neighbour, &mut after, &neighbour);
        assert_eq!((before.borders.bottom, after.borders.top), (line(0.5), None));
        assert_eq!((before.borders.top, after.borders.bottom), (line(1.0), line(1.0)));
    }
}
