//! Charts, with everything that is written on them already put into words: the user interface only draws.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{Color, is_false, is_zero};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct Chart {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[ts(optional, as = "Option<String>")]
    pub title: String,
    /// Points of its letters; 0 = 10. Titles are a little larger.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[ts(optional, as = "Option<f32>")]
    pub font_size: f32,
    /// Drawn over each other: most charts have one.
    pub plots: Vec<Plot>,
    /// Of the categories (or the x values of a scatter chart).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub category_axis: Option<Axis>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub value_axis: Option<Axis>,
    /// Of the plots that say so ([`Plot::secondary`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub second_axis: Option<Axis>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub legend: Option<LegendPlace>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "preview/")]
pub enum ChartKind {
    /// Upright.
    #[default]
    Column,
    /// Lying.
    Bar,
    Line,
    Area,
    Pie,
    Doughnut,
    Scatter,
    Bubble,
    Radar,
    /// High, low and close of shares.
    Stock,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "preview/")]
pub enum LegendPlace {
    Start,
    Top,
    End,
    Bottom,
}

/// Series that are drawn in one way.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct Plot {
    pub kind: ChartKind,
    /// One over the other.
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(optional, as = "Option<bool>")]
    pub stacked: bool,
    /// One over the other, up to 100 %.
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(optional, as = "Option<bool>")]
    pub percent: bool,
    /// Against the second axis.
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(optional, as = "Option<bool>")]
    pub secondary: bool,
    /// What stands at the category axis, as displayed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<String>>")]
    pub categories: Vec<String>,
    pub series: Vec<Series>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct Series {
    pub name: String,
    /// One per category; none = no point there.
    pub values: Vec<Option<f64>>,
    /// Of scatter and bubble charts: where each value stands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<Option<f64>>>")]
    pub xs: Vec<Option<f64>>,
    /// Of bubble charts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<Option<f64>>>")]
    pub sizes: Vec<Option<f64>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub color: Option<Color>,
    /// Of single points (slices of a pie), where they differ.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<Option<Color>>>")]
    pub colors: Vec<Option<Color>>,
    /// What is written at each point, as displayed; empty where nothing is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<String>>")]
    pub labels: Vec<String>,
    /// Only points, no line between them.
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(optional, as = "Option<bool>")]
    pub no_line: bool,
    /// Points are marked.
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(optional, as = "Option<bool>")]
    pub markers: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct Axis {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[ts(optional, as = "Option<String>")]
    pub title: String,
    /// Not drawn.
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(optional, as = "Option<bool>")]
    pub hidden: bool,
    /// Ends of the scale; of value axes.
    pub min: f64,
    pub max: f64,
    /// What is written at it; of value axes (categories have their own words).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<Tick>>")]
    pub ticks: Vec<Tick>,
    /// Lines across the plot at each tick.
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(optional, as = "Option<bool>")]
    pub grid: bool,
    /// The largest first.
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(optional, as = "Option<bool>")]
    pub reversed: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "preview/")]
pub struct Tick {
    pub value: f64,
    /// As displayed.
    pub label: String,
}
