-- Where rows go for whose day there is no partition: a row is never refused for lack of one.

create table requests_default partition of requests default;
create table predictions_default partition of predictions default;
