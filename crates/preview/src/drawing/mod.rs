//! DrawingML: shapes, colours, text and charts, shared by all Office formats since 2007 (ECMA-376 part 1 §20, §21).
