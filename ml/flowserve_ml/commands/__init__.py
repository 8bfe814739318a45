"""One module per subcommand of `flowserve-ml`: each parses its arguments and delegates."""
