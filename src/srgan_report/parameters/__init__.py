"""What a run can be told: the schema of all parameters, and the check that names what is wrong."""
