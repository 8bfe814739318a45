-- The newest transactions of a terminal, as the console shows them beside those of its customer: without this index the
-- rows of all terminals were read, newest first, until enough of the one had come, which for a quiet terminal was all.
--
-- An ordinary index, although it costs the sink something (a row of `requests` takes 30 in place of 26 microseconds to
-- insert, and 53 bytes): nothing cheaper serves. Terminals are strewn over every page, so PostgreSQL reckons that a BRIN
-- index, with a bloom filter too, would have it read the whole table, and does so. The customers' index cannot answer,
-- no part of the rows is the part that is asked for, and without the time in it the index costs the same to write and
-- a busy terminal has to be sorted whole. `predictions`, the larger half of the sink's work, is not touched.

create index requests_by_terminal on requests (client_id, terminal_id, received_at desc);
