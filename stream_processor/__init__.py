"""Behind the doors: the scorer (Faust), the sink (PostgreSQL) and the provisioning of what they need."""
