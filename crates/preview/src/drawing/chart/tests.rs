//! What charts say.

use super::*;
use crate::container::xml::Xml;

fn chart(xml: &str) -> Result<Chart> {
    let xml = format!("<c:chartSpace><c:chart>{xml}</c:chart></c:chartSpace>");
    let tree = Tree::whole(Xml::new(xml.as_bytes()), 99)?;
    let (theme, map) = (Theme::default(), ColorMap::default());
    Ok(of_tree(&tree, &Palette::new(&theme, &map), (400.0, 300.0)).expect("a chart"))
}

fn series(name: &str, values: &[&str], inside: &str) -> String {
    let points = |values: &[&str]| -> String {
        values
            .iter()
            .enumerate()
            .map(|(at, value)| format!("<c:pt idx='{at}'><c:v>{value}</c:v></c:pt>"))
            .collect()
    };
    format!(
        "<c:ser><c:idx val='0'/><c:tx><c:strRef><c:strCache>{}</c:strCache></c:strRef></c:tx>{inside}<c:cat><c:strRef>\
         <c:strCache>{}</c:strCache></c:strRef></c:cat><c:val><c:numRef><c:numCache><c:formatCode>General</c:formatCode>\
         {}</c:numCache></c:numRef></c:val></c:ser>",
        points(&[name]),
        points(&["East", "West"]),
        points(values)
    )
}

fn columns(series: &str) -> String {
    format!(
        "<c:plotArea><c:barChart><c:barDir val='col'/>{series}<c:axId val='1'/><c:axId val='2'/></c:barChart>\
         <c:catAx><c:axId val='1'/></c:catAx><c:valAx><c:axId val='2'/><c:majorGridlines/></c:valAx></c:plotArea>"
    )
}

#[test]
fn a_column_chart_has_axes_categories_and_series() -> Result<()> {
    let two = format!("{}{}", series("2019", &["1", "4"], ""), series("2020", &["2", "5"], ""));
    let chart = chart(&format!("{}<c:legend><c:legendPos val='b'/></c:legend>", columns(&two)))?;
    let plot = &chart.plots[0];
    assert_eq!((chart.title.as_str(), chart.legend), ("", Some(LegendPlace::Bottom)));
    assert_eq!(
        (plot.kind, &plot.categories[..]),
        (ChartKind::Column, &["East".to_owned(), "West".to_owned()][..])
    );
    assert_eq!(plot.series.iter().map(|series| series.name.as_str()).collect::<Vec<_>>(), ["2019", "2020"]);
    assert_eq!(plot.series[1].values, [Some(2.0), Some(5.0)]);
    let axis = chart.value_axis.expect("an axis");
    assert_eq!((axis.min, axis.max, axis.grid), (0.0, 6.0, true));
    let labels: Vec<&str> = axis.ticks.iter().map(|tick| tick.label.as_str()).collect();
    assert_eq!(labels, ["0", "1", "2", "3", "4", "5", "6"]);
    Ok(())
}

#[test]
fn a_chart_of_one_series_is_named_after_it() -> Result<()> {
    let one = columns(&series("Sales", &["1"], ""));
    let rich = "<c:title><c:tx><c:rich><a:p><a:r><a:t>A</a:t></a:r><a:r><a:t>B</a:t></a:r></a:p></c:rich></c:tx></c:title>";
    for (before, expected) in
        [("", "Sales"), ("<c:autoTitleDeleted val='1'/>", ""), ("<c:title/>", "Sales"), (rich, "AB")]
    {
        assert_eq!(chart(&format!("{before}{one}"))?.title, expected, "{before}");
    }
    Ok(())
}

#[test]
fn labels_say_what_they_are_told_to() -> Result<()> {
    let labels = |said: &str| format!("<c:dLbls>{said}</c:dLbls>");
    for (said, expected) in [
        ("<c:showVal val='1'/>", vec!["1", "3"]),
        ("<c:showPercent val='1'/>", vec!["0.25", "0.75"]),
        (
            "<c:showCatName val='1'/><c:showSerName val='1'/><c:separator>/</c:separator>",
            vec!["A/East", "A/West"],
        ),
        ("<c:dLbl><c:idx val='1'/><c:delete val='1'/></c:dLbl><c:showVal/>", vec!["1", ""]),
        (
            "<c:dLbl><c:idx val='0'/><c:tx><c:rich><a:p><a:r><a:t>!</a:t></a:r></a:p></c:rich></c:tx></c:dLbl>",
            vec!["!", ""],
        ),
        ("<c:showVal val='0'/>", vec![]),
    ] {
        let pie = format!(
            "<c:plotArea><c:pieChart>{}</c:pieChart></c:plotArea>",
            series("A", &["1", "3"], &labels(said))
        );
        let chart = chart(&pie)?;
        // Percentages are formatted by the number formats' own tests.
        let normal = |label: &String| match label.as_str() {
            "25%" => "0.25".to_owned(),
            "75%" => "0.75".to_owned(),
            _ => label.clone(),
        };
        assert_eq!(
            chart.plots[0].series[0].labels.iter().map(normal).collect::<Vec<_>>(),
            expected,
            "{said}"
        );
        assert_eq!(chart.plots[0].series[0].colors.len(), 2, "slices differ");
    }
    Ok(())
}

#[test]
fn groups_on_other_axes_are_secondary() -> Result<()> {
    let xml = format!(
        "<c:plotArea><c:barChart>{0}<c:axId val='1'/><c:axId val='2'/></c:barChart><c:lineChart>{0}<c:axId val='3'/>\
         <c:axId val='4'/></c:lineChart><c:catAx><c:axId val='1'/></c:catAx><c:valAx><c:axId val='2'/></c:valAx>\
         <c:catAx><c:axId val='3'/><c:delete val='1'/></c:catAx><c:valAx><c:axId val='4'/></c:valAx></c:plotArea>",
        series("A", &["100", "900"], "")
    );
    let chart = chart(&xml)?;
    assert_eq!(chart.plots.iter().map(|plot| plot.secondary).collect::<Vec<_>>(), [false, true]);
    assert!(chart.second_axis.is_some_and(|axis| axis.max == 1000.0));
    Ok(())
}

#[test]
fn scatter_charts_measure_both_ways() -> Result<()> {
    let values = |name: &str, values: [&str; 2]| {
        let [a, b] = values;
        format!(
            "<c:{name}><c:numLit><c:pt idx='0'><c:v>{a}</c:v></c:pt><c:pt idx='1'><c:v>{b}</c:v></c:pt></c:numLit></c:{name}>"
        )
    };
    let xml = format!(
        "<c:plotArea><c:scatterChart><c:ser>{}{}</c:ser><c:axId val='1'/><c:axId val='2'/></c:scatterChart><c:valAx>\
         <c:axId val='1'/></c:valAx><c:valAx><c:axId val='2'/></c:valAx></c:plotArea>",
        values("xVal", ["2", "9"]),
        values("yVal", ["10", "30"])
    );
    let chart = chart(&xml)?;
    assert_eq!(chart.plots[0].series[0].xs, [Some(2.0), Some(9.0)]);
    assert_eq!(chart.category_axis.map(|axis| axis.max), Some(10.0));
    assert_eq!(chart.value_axis.map(|axis| axis.max), Some(35.0));
    Ok(())
}

#[test]
fn levels_of_categories_are_said_where_they_begin() -> Result<()> {
    let level = |points: &str| format!("<c:lvl>{points}</c:lvl>");
    let point = |at: u32, text: &str| format!("<c:pt idx='{at}'><c:v>{text}</c:v></c:pt>");
    let categories = format!(
        "<c:cat><c:multiLvlStrRef><c:multiLvlStrCache>{}{}</c:multiLvlStrCache></c:multiLvlStrRef></c:cat>",
        level(&[point(0, "Q1"), point(1, "Q2"), point(2, "Q1")].concat()),
        level(&[point(0, "2019"), point(2, "2020")].concat()),
    );
    let chart = chart(&columns(&format!("<c:ser>{categories}</c:ser>")))?;
    assert_eq!(chart.plots[0].categories, ["2019 Q1", "Q2", "2020 Q1"]);
    Ok(())
}

#[test]
fn dates_are_written_as_their_axis_says() -> Result<()> {
    let categories = "<c:cat><c:numRef><c:numCache><c:formatCode>yyyy</c:formatCode><c:pt idx='0'><c:v>43831</c:v></c:pt>\
        </c:numCache></c:numRef></c:cat>";
    for (axis, expected) in [
        ("", "2020"),
        ("<c:numFmt formatCode='d.m.' sourceLinked='0'/>", "1.1."),
        ("<c:numFmt formatCode='d.m.' sourceLinked='1'/>", "2020"),
    ] {
        let xml = columns(&format!("<c:ser>{categories}</c:ser>"));
        let chart = chart(&xml.replace("<c:catAx>", &format!("<c:catAx>{axis}")))?;
        assert_eq!(chart.plots[0].categories, [expected], "{axis}");
    }
    Ok(())
}

#[test]
fn indices_of_points_cost_no_memory() -> Result<()> {
    let far = "<c:val><c:numLit><c:ptCount val='4000000000'/><c:pt idx='31999'><c:v>1</c:v></c:pt><c:pt idx='4000000'>\
               <c:v>1</c:v></c:pt></c:numLit></c:val>";
    let chart = chart(&columns(&format!("<c:ser>{far}</c:ser>").repeat(100)))?;
    let points: usize = chart.plots[0].series.iter().map(|series| series.values.len()).sum();
    assert!(points <= POINTS, "{points}");
    Ok(())
}

#[test]
fn letters_are_as_large_as_the_chart_or_else_its_axes_say() -> Result<()> {
    let text = "<c:txPr><a:p><a:pPr><a:defRPr sz='1800'/></a:pPr></a:p></c:txPr>";
    let said = columns(&series("a", &["1"], "")).replace("<c:valAx>", &format!("<c:valAx>{text}"));
    assert!((chart(&said)?.font_size - 18.0).abs() < f32::EPSILON);
    let usual = columns(&series("a", &["1"], ""));
    assert!((chart(&usual)?.font_size - 10.0).abs() < f32::EPSILON);
    Ok(())
}
