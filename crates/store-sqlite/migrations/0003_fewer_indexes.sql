-- Unread messages are counted from a read position on, at most a hundred: the log's own key finds them. This index cost every
-- message one B-tree more, a quarter of its insert.
DROP INDEX event_news;
